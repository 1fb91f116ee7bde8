// History: what was typed before, kept in a file for the next time.
//
// The file has one entry a line; line ends and backslashes within an entry are \n and \\. It is for
// its owner alone (mode 0600). Several shells may add to it at a time. Files that libedit wrote, as
// earlier versions of this program did, are read as well.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::cli {

// Thread-compatible.
class History {
 public:
  static constexpr size_t kEntriesMax = 5000;

  // Reads the file. `path` may be empty: nothing is kept beyond this process then.
  explicit History(std::string path);

  // The oldest first.
  const std::vector<std::string>& entries() const { return entries_; }
  // Adds an entry, here and to the file. Not kept: blank ones, the same as the last one again, and
  // those that begin with a space, for what is to leave no trace.
  void Add(std::string_view entry);
  // The newest entry before position `from` that holds `part`, whatever the case of its ASCII
  // letters; entries().size() when there is none.
  size_t FindBefore(size_t from, std::string_view part) const;

  // Whether Add() goes on writing to the file.
  bool is_kept() const { return is_kept_ && !path_.empty(); }
  void set_is_kept(bool is_kept) { is_kept_ = is_kept; }

 private:
  const std::string path_;
  bool is_kept_ = true;
  std::vector<std::string> entries_;
};

// An entry as a line of the file, and back.
std::string EncodeEntry(std::string_view entry);
std::string DecodeEntry(std::string_view line);

// $XDG_STATE_HOME/sightline/history, else ~/.local/state/sightline/history; its folder is made with
// mode 0700. Empty when there is no such place.
std::string HistoryFile();

}  // namespace sightline::cli
