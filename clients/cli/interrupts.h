// Interrupts: Ctrl-C and its like as calls on an ordinary thread.

#pragma once

#include <functional>
#include <mutex>
#include <thread>

namespace sightline::cli {

// Takes SIGINT, SIGTERM and SIGHUP. Make it in main() before any other thread starts, since it
// blocks these signals for all threads that come after. A third one without Clear() in between ends
// the process at once, for when ending in order takes too long.
//
// Thread safety: any thread.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // The last signal since Clear(); 0 when there was none.
  int signal() const;
  void Clear();
  // Readable since a signal came, until Clear().
  int wake_fd() const { return wake_fd_; }
  // Readable (as a signalfd) since the terminal changed its size, until it is read.
  int resize_fd() const { return resize_fd_; }
  // Ctrl-C no more ends the process, however often it comes: for a shell, which goes on.
  void OutliveCtrlC();

  // Calls `handler` on every signal while the scope lives, at once if one has come already. The
  // handler runs on the watching thread and must not block.
  class Scope {
   public:
    Scope(Interrupts* interrupts, std::function<void()> handler);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Interrupts* const interrupts_;
  };

 private:
  void Watch();

  mutable std::mutex mutex_;
  int signal_ = 0;
  int count_ = 0;
  bool outlives_ctrl_c_ = false;
  std::function<void()> handler_;
  int signal_fd_ = -1;
  int wake_fd_ = -1;
  int stop_fd_ = -1;
  int resize_fd_ = -1;
  std::thread watcher_;
};

}  // namespace sightline::cli
