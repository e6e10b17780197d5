import Foundation
import Testing

/// The memory that is allocated: unlike what the process has of the system, it does not depend on how much freed memory the allocator keeps, which
/// depends on all that ran before.
enum AllocatedMemory {
    /// Whether the allocator is glibc's; a sanitizer brings its own, which glibc does not count.
    private static let isCounted: Bool = {
        let before = glibcBytes() ?? 0
        let block = [UInt8](repeating: 1, count: 4 << 20)
        return withExtendedLifetime(block) { (glibcBytes() ?? 0) >= before + block.count }
    }()

    /// In bytes; what the process has of the system where the allocator is another.
    static func bytes() throws -> Int {
        guard isCounted, let bytes = glibcBytes() else { return try residentBytes() }
        return bytes
    }

    /// What the arenas have and is not free, and what has pages of its own, by malloc_info(3).
    private static func glibcBytes() -> Int? {
        guard let symbol = unsafe dlsym(nil, "malloc_info"), let file = unsafe tmpfile() else { return nil }
        defer { unsafe fclose(file) }
        typealias MallocInfo = @convention(c) (CInt, UnsafeMutablePointer<FILE>) -> CInt
        guard unsafe unsafeBitCast(symbol, to: MallocInfo.self)(0, file) == 0 else { return nil }
        unsafe rewind(file)
        var text = Data()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = unsafe fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        // The last of each is the sum over all arenas.
        let all = String(decoding: text, as: UTF8.self)
        func last(_ pattern: Regex<(Substring, Substring)>) -> Int? {
            all.matches(of: pattern).last.flatMap { Int($0.1) }
        }
        guard let system = last(/<system type="current" size="(\d+)"/),
            let fast = last(/<total type="fast" count="\d+" size="(\d+)"/),
            let rest = last(/<total type="rest" count="\d+" size="(\d+)"/),
            let mapped = last(/<total type="mmap" count="\d+" size="(\d+)"/)
        else { return nil }
        return system - fast - rest + mapped
    }
}
