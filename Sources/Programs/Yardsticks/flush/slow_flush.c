// A program's own functions come before those of the C library, also for libsqlite3, which asks for them by name.
#define _GNU_SOURCE
#include "slow_flush.h"
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_uint delay;

void slow_flush_set(unsigned microseconds) { atomic_store(&delay, microseconds); }

int fdatasync(int descriptor) {
    unsigned microseconds = atomic_load(&delay);
    if (microseconds) usleep(microseconds);
    return (int)syscall(SYS_fdatasync, descriptor);
}

int fsync(int descriptor) {
    unsigned microseconds = atomic_load(&delay);
    if (microseconds) usleep(microseconds);
    return (int)syscall(SYS_fsync, descriptor);
}
