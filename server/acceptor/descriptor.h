// Descriptor: a file descriptor that is closed with the object.

#pragma once

#include <unistd.h>

#include <utility>

namespace sightline::server {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Close();
    value_ = std::exchange(other.value_, -1);
    return *this;
  }

  int get() const { return value_; }  // -1: none.
  int Release() { return std::exchange(value_, -1); }
  void Close() {
    if (value_ >= 0) ::close(value_);
    value_ = -1;
  }

 private:
  int value_ = -1;
};

}  // namespace sightline::server
