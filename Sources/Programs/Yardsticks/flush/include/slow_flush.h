#pragma once

// Has every flush of this process (fdatasync, fsync) take so much longer, as on a disk that is slower; 0 for the disk as it is.
void slow_flush_set(unsigned microseconds);
