// What ThreadSanitizer is to keep quiet about. The packaged RocksDB is not instrumented: its own
// atomics and locks are not seen, so that its memtables and caches look like races. A report counts
// when no frame of it lies in RocksDB.

#if defined(__SANITIZE_THREAD__)
extern "C" const char* __tsan_default_suppressions();  // NOLINT: the sanitizer names it.
extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb\n"; }
#endif
