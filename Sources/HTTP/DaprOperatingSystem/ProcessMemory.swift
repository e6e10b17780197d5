internal import CDaprLinux

/// How the process keeps its memory; for programs to decide, not for libraries.
package enum ProcessMemory {
    /// Has the allocator keep up to 64 MiB that was freed instead of giving it back to the system at once.
    ///
    /// Call it once, first thing.
    package static func keepFreed() { clinux_keep_freed_memory(64 << 20) }
}
