import DaprOperatingSystem
import Foundation
import Testing

struct ProcessFiguresTests {
    @Test func `CPU time grows with work`() throws {
        let before = try #require(ProcessFigures.cpuSeconds)
        var sum = 0
        while try #require(ProcessFigures.cpuSeconds) < before + 0.02 { sum &+= 1 }
        #expect(sum > 0 && before > 0)
    }

    @Test func `memory is that of this process`() throws {
        let resident = try #require(ProcessFigures.residentBytes)
        let address = try #require(ProcessFigures.virtualBytes)
        #expect(resident > 1 << 20 && resident < address)
    }

    @Test func `an opened file is counted, and the limit is above`() throws {
        let before = try #require(ProcessFigures.openDescriptors)
        let files = try (0..<20).map { _ in try FileHandle(forReadingFrom: URL(filePath: "/dev/null")) }
        let after = try #require(ProcessFigures.openDescriptors)
        // Other tests open and close some as well.
        #expect(before > 0 && after > before)
        #expect(try #require(ProcessFigures.mostDescriptors) >= Double(after))
        for file in files { try file.close() }
    }

    @Test func `the start is before now, and not long ago`() throws {
        let start = try #require(ProcessFigures.startSeconds)
        let age = Date().timeIntervalSince1970 - start
        // The system tells when it was booted to the second.
        #expect(age > -2 && age < 86_400)
    }
}
