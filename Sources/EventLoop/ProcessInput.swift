import Glibc

/// What a program is given by whoever starts it: variables and files, read without Foundation.
package enum ProcessInput {
    /// The variables the program was started with; of one that is given twice the first counts, as `getenv` has it.
    package static var environment: [String: String] {
        let entries = (file("/proc/self/environ", limitInBytes: 16 << 20) ?? []).split(separator: 0)
        var variables: [String: String] = [:]
        for entry in entries {
            guard let mark = entry.dropFirst().firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<mark], as: UTF8.self)
            if variables[name] == nil {
                variables[name] = String(decoding: entry[entry.index(after: mark)...], as: UTF8.self)
            }
        }
        return variables
    }

    /// The bytes of a file; nil when it cannot be read or is longer than the limit.
    ///
    /// It blocks: for the start of a program, never on a loop.
    package static func file(_ path: String, limitInBytes limit: Int = 1 << 20) -> [UInt8]? {
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
