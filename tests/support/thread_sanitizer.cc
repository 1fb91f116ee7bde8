// What ThreadSanitizer is to keep quiet about. The packaged RocksDB is not instrumented: its own
// atomics and locks are not seen, so that its memtables and caches look like races, and so do the
// zstd contexts that it keeps for each core. A report counts when no frame of it lies in them.
//
// And it would take the whole rest of a long text for read at each memmem: quadratic.

#if defined(__SANITIZE_THREAD__)
extern "C" const char* __tsan_default_suppressions();  // NOLINT: the sanitizer names it.
extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb\nrace:libzstd\n"; }
extern "C" const char* __tsan_default_options();  // NOLINT: so here.
extern "C" const char* __tsan_default_options() { return "intercept_memmem=0"; }
#endif
