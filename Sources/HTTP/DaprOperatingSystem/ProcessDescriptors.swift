import Glibc

/// How many files and connections the process may have open; for programs to decide, not for libraries.
package enum ProcessDescriptors {
    /// Raises the limit to the most that the system allows, as Go's runtime does for daprd.
    ///
    /// The usual limit of 1,024 is for programs that use `select`. What this process starts has the raised limit too.
    package static func raiseLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // Where it is refused, the limit stays as it was.
        _ = unsafe setrlimit(files, &limit)
    }
}
