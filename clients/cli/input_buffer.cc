#include "clients/cli/input_buffer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <ios>

namespace sightline::cli {
namespace {

constexpr size_t kBufferBytes = 256 << 10;

}  // namespace

InputBuffer::InputBuffer(int descriptor, const Interrupts* interrupts)
    : descriptor_(descriptor), interrupts_(interrupts), bytes_(kBufferBytes) {}

InputBuffer::int_type InputBuffer::underflow() {
  while (failure_ == 0) {
    pollfd waits[] = {{descriptor_, POLLIN, 0}, {interrupts_->wake_fd(), POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0) {
      if (errno != EINTR) failure_ = errno;
      continue;
    }
    if (waits[1].revents != 0) {
      failure_ = EINTR;
      break;
    }
    const ssize_t count = ::read(descriptor_, bytes_.data(), bytes_.size());
    if (count == 0) return traits_type::eof();
    if (count > 0) {
      setg(bytes_.data(), bytes_.data(), bytes_.data() + count);
      return traits_type::to_int_type(*gptr());
    }
    if (errno != EINTR && errno != EAGAIN) failure_ = errno;
  }
  throw std::ios_base::failure("reading failed");
}

InputBuffer::pos_type InputBuffer::seekpos(pos_type position, std::ios_base::openmode) {
  if (::lseek(descriptor_, static_cast<off_t>(position), SEEK_SET) < 0) {
    return pos_type(off_type(-1));
  }
  setg(nullptr, nullptr, nullptr);
  return position;
}

}  // namespace sightline::cli
