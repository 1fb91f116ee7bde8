#include "clients/cli/interrupts.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "clients/cli/exit_code.h"

namespace sightline::cli {

constexpr int kSignalsMax = 3;

Interrupts::Interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  sigset_t resize;
  sigemptyset(&resize);
  sigaddset(&resize, SIGWINCH);
  pthread_sigmask(SIG_BLOCK, &resize, nullptr);
  resize_fd_ = signalfd(-1, &resize, SFD_CLOEXEC | SFD_NONBLOCK);
  signal_fd_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  watcher_ = std::thread([this] { Watch(); });
}

Interrupts::~Interrupts() {
  eventfd_write(stop_fd_, 1);
  watcher_.join();
  close(signal_fd_);
  close(wake_fd_);
  close(stop_fd_);
  close(resize_fd_);
}

void Interrupts::Watch() {
  while (true) {
    pollfd events[] = {{signal_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (poll(events, 2, -1) < 0) continue;
    if (events[1].revents != 0) return;
    signalfd_siginfo info;
    if (read(signal_fd_, &info, sizeof info) != sizeof info) continue;
    const std::lock_guard lock(mutex_);
    signal_ = static_cast<int>(info.ssi_signo);
    const bool is_outlived = signal_ == SIGINT && outlives_ctrl_c_;
    if (!is_outlived && ++count_ >= kSignalsMax) _exit(kExitSignalBase + signal_);
    eventfd_write(wake_fd_, 1);
    if (handler_) handler_();
  }
}

int Interrupts::signal() const {
  const std::lock_guard lock(mutex_);
  return signal_;
}

void Interrupts::OutliveCtrlC() {
  const std::lock_guard lock(mutex_);
  outlives_ctrl_c_ = true;
}

void Interrupts::Clear() {
  const std::lock_guard lock(mutex_);
  signal_ = 0;
  count_ = 0;
  eventfd_t ignored;
  eventfd_read(wake_fd_, &ignored);
}

Interrupts::Scope::Scope(Interrupts* interrupts, std::function<void()> handler)
    : interrupts_(interrupts) {
  const std::lock_guard lock(interrupts_->mutex_);
  interrupts_->handler_ = std::move(handler);
  if (interrupts_->signal_ != 0) interrupts_->handler_();
}

Interrupts::Scope::~Scope() {
  const std::lock_guard lock(interrupts_->mutex_);
  interrupts_->handler_ = nullptr;
}

}  // namespace sightline::cli
