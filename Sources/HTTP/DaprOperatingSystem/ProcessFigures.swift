import Glibc

/// What the system says of this process, read anew whenever it is asked for.
///
/// Each figure is `nil` where the system does not tell. Reading blocks for some microseconds, and the open descriptors for longer the more there are.
package enum ProcessFigures {
    /// Seconds of CPU time spent, by user and system together.
    package static var cpuSeconds: Double? {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// Bytes of memory that are resident.
    package static var residentBytes: Int? { pages(1) }

    /// Bytes of address space.
    package static var virtualBytes: Int? { pages(0) }

    /// How many file descriptors are open.
    package static var openDescriptors: Int? {
        guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(folder) }
        var count = 0
        while unsafe readdir(folder) != nil { count += 1 }
        // Beside `.` and `..`, the one that looks.
        return count - 3
    }

    /// The most file descriptors that may be open; infinity where there is no limit.
    package static var mostDescriptors: Double? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit.rlim_cur == rlim_t.max ? .infinity : Double(limit.rlim_cur)
    }

    /// When the process started, in seconds since 1970 began.
    package static var startSeconds: Double? {
        // The fields behind the program's name, which may itself have spaces and brackets, begin with the third.
        guard let stat = text("/proc/self/stat"), let end = stat.lastIndex(of: ")"),
            let ticks = field(19, of: stat[end...].dropFirst()),
            let boot = text("/proc/stat")?.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let booted = field(1, of: boot)
        else {
            return nil
        }
        return Double(booted) + Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// A field of `/proc/self/statm`, in bytes.
    private static func pages(_ place: Int) -> Int? {
        guard let statm = text("/proc/self/statm"), let pages = field(place, of: statm[...]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func field(_ place: Int, of text: Substring) -> Int? {
        let fields = text.split(whereSeparator: \.isWhitespace)
        return fields.indices.contains(place) ? Int(fields[place]) : nil
    }

    private static func text(_ path: String) -> String? {
        SmallFile.bytes(of: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
