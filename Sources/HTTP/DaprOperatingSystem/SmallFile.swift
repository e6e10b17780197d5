import Glibc

/// Files that a program reads whole at its start, such as its settings.
package enum SmallFile {
    /// The bytes of a file; nil when it cannot be read or is longer than the limit.
    ///
    /// It blocks: for the start of a program; on a loop only for a file of some kilobytes, once.
    package static func bytes(of path: String, limit: Int = 1 << 20) -> [UInt8]? {
        guard !path.utf8.contains(0) else { return nil }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= limit else { return nil }
        }
    }
}
