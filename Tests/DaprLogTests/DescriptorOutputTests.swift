import Foundation
import Testing

@testable import DaprLog

struct DescriptorOutputTests {
    @Test func `lines of many threads never mix`() async throws {
        let pipe = Pipe()
        let output = DescriptorOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let lines = (0..<40).map { Array("line \($0) \(String(repeating: "x", count: 300))\n".utf8) }
        await withTaskGroup { group in
            for line in lines { group.addTask { output.write(line) } }
        }
        try pipe.fileHandleForWriting.close()
        let read = try pipe.fileHandleForReading.readToEnd() ?? Data()
        let got = String(decoding: read, as: UTF8.self).split(separator: "\n").map { "\($0)\n" }
        #expect(Set(got) == Set(lines.map { String(decoding: $0, as: UTF8.self) }))
    }

    @Test func `a reader that stopped costs lines, not time, and the loss is told`() throws {
        let pipe = Pipe()
        let output = DescriptorOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let line = Array(String(repeating: "x", count: 4000).utf8) + [UInt8(ascii: "\n")]
        let start = ContinuousClock.now
        for _ in 0..<1000 { output.write(line) }
        #expect(ContinuousClock.now - start < .seconds(5))

        // Room again: what was lost is told before the next line.
        _ = try pipe.fileHandleForReading.read(upToCount: 60_000)
        output.write(Array("next\n".utf8))
        try pipe.fileHandleForWriting.close()
        let rest = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let last = rest.split(separator: "\n").suffix(2)
        #expect(last.first?.contains(#""level":"warning","msg":"log lines were lost","count":9"#) == true)
        #expect(last.last == "next")
    }

    @Test func `a pipe without a reader loses the line and nothing else`() throws {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        DescriptorOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor).write([UInt8(ascii: "x")])
    }

    @Test func `a descriptor that is closed loses the line and nothing else`() {
        DescriptorOutput(descriptor: -1).write([UInt8(ascii: "x")])
    }
}
