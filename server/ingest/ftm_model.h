// FtmModel: the schemata of FollowTheMoney that the importers know: what a schema extends, and the
// types of its properties.
//
// Source: the default model of followthemoney 3.8.4 (MIT licence), names and types only. What a
// file has beyond it is kept all the same, as a class without parents and as text.
//
// Thread safety: immutable; safe from any thread.

#pragma once

#include <map>
#include <string_view>
#include <vector>

namespace sightline::server {

class FtmModel {
 public:
  static const FtmModel& Get();

  // The schemata that it extends; null for an unknown one.
  const std::vector<std::string_view>* ParentsOf(std::string_view schema) const;
  // "entity", "date", "number", "name", ... of a property, its schema's own or inherited; empty for
  // an unknown one.
  std::string_view TypeOf(std::string_view schema, std::string_view property) const;

 private:
  struct Schema {
    std::vector<std::string_view> parents;
    std::map<std::string_view, std::string_view> types;
  };

  FtmModel();

  std::map<std::string_view, Schema> schemata_;
};

}  // namespace sightline::server
