import Glibc

/// Lines on their way to standard output, or to a file that appears under its name when it is whole.
///
/// It blocks: for programs that do one thing, never on a loop.
package final class LineFile {
    private static let bufferLimit = 64 << 10

    private let path: String?
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Opens a file; nil is standard output.
    package init(_ path: String?) throws(LineFileError) {
        self.path = path
        guard let path else {
            descriptor = 1
            return
        }
        guard !path.utf8.contains(0) else { throw LineFileError(path: path, code: EINVAL) }
        descriptor = unsafe open(path + ".part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LineFileError(path: path, code: errno) }
    }

    deinit {
        if path != nil, descriptor >= 0 { close(descriptor) }
    }

    /// Writes a line and its line feed.
    package func write(_ line: [UInt8]) throws(LineFileError) {
        buffer += line
        buffer.append(10)
        if buffer.count >= LineFile.bufferLimit { try flush() }
    }

    /// Writes what is left, and gives the file its name.
    package func finish() throws(LineFileError) {
        try flush()
        guard let path else { return }
        guard fsync(descriptor) == 0, unsafe rename(path + ".part", path) == 0 else {
            throw LineFileError(path: path, code: errno)
        }
    }

    private func flush() throws(LineFileError) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw LineFileError(path: path ?? "standard output", code: errno) }
            rest = rest.dropFirst(count)
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Why a file could not be written.
package struct LineFileError: Error, CustomStringConvertible {
    /// The file.
    package let path: String
    /// What the system says: a value of `errno`.
    package let code: Int32

    package var description: String { "cannot write \(path): \(unsafe String(cString: strerror(code)))" }
}
