import Foundation
import Synchronization

/// Runs a check on one random case after another; each case has a seed of its own, so that any of them can be had again.
///
/// `FUZZ_SECONDS` is how long a fuzzer goes on, `FUZZ_SEED` the seed of its first case, `FUZZ_CASES` ends it after so many cases, and with
/// `FUZZ_TRACE=1` every seed is printed before its case, which tells what a crash came from.
package struct Fuzzing {
    private let subject: String
    private let environment = ProcessInfo.processInfo.environment

    /// No case may take longer: then the process ends, and says which it was.
    private static let patience: TimeInterval = 30
    /// Even on a slow machine there are so many cases.
    private static let leastCases = 40

    private init(subject: String) { self.subject = subject }

    /// Gives a check one case after another until the time is over.
    ///
    /// - Parameters:
    ///   - subject: What is checked, as the printed line names it.
    ///   - outcomes: What some of the cases must come to, or else the cases are of no use.
    ///   - check: Makes a case of random numbers and tells what it came to; it throws when something is wrong.
    /// - Throws: ``FuzzFailure``, with the seed of the case.
    package static func run(
        _ subject: String,
        reaching outcomes: [String],
        _ check: (inout SeededRandom) async throws -> String
    ) async throws {
        try await Fuzzing(subject: subject).run(outcomes, check)
    }

    private func run(_ outcomes: [String], _ check: (inout SeededRandom) async throws -> String) async throws {
        let first = environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
        let seconds = environment["FUZZ_SECONDS"].flatMap { Double($0) } ?? 0.5
        let most = environment["FUZZ_CASES"].flatMap { Int($0) }
        let isTraced = environment["FUZZ_TRACE"] == "1"
        say("fuzz \(subject): FUZZ_SEED=\(first)")
        let present = Present()
        watch(present)
        defer { present.end() }
        var tally: [String: Int] = [:]
        var count = 0
        let end = Date() + seconds
        while most.map({ count < $0 }) ?? (count < Self.leastCases || Date() < end) {
            let seed = first &+ UInt64(count)
            if isTraced { say("fuzz \(subject): case FUZZ_SEED=\(seed)") }
            present.begin(seed)
            var numbers = SeededRandom(seed: seed)
            do {
                tally[try await check(&numbers), default: 0] += 1
            } catch {
                throw FuzzFailure(subject: subject, seed: seed, cause: "\(error)")
            }
            count += 1
        }
        let outcome = tally.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        say("fuzz \(subject): \(count) cases, \(outcome)")
        for wanted in outcomes where most == nil && tally[wanted] == nil {
            throw FuzzFailure(subject: subject, seed: first, cause: "none of \(count) cases came to \"\(wanted)\"")
        }
    }

    /// Ends the process when a case hangs: a loop without an end cannot be left otherwise.
    private func watch(_ present: Present) {
        let subject = subject
        Thread.detachNewThread {
            while let (seed, since) = present.value {
                if Date().timeIntervalSince(since) > Self.patience {
                    say("fuzz \(subject): FUZZ_SEED=\(seed) FUZZ_CASES=1 has not ended after \(Self.patience) s")
                    abort()
                }
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
    }

    /// The case that is under way.
    private final class Present: Sendable {
        private let state = Mutex<(seed: UInt64, since: Date)?>((0, Date()))

        /// `nil` once the fuzzer has ended.
        var value: (seed: UInt64, since: Date)? { state.withLock { $0 } }

        func begin(_ seed: UInt64) { state.withLock { $0 = (seed, Date()) } }
        func end() { state.withLock { $0 = nil } }
    }
}

/// What a fuzzer found.
package struct FuzzFailure: Error, CustomStringConvertible {
    let subject: String
    let seed: UInt64
    let cause: String

    package var description: String { "fuzz \(subject): \(cause)\n  again with FUZZ_SEED=\(seed) FUZZ_CASES=1" }
}

/// Something that no input may lead to.
package struct Violation: Error, CustomStringConvertible {
    package let description: String

    /// Says what is wrong, with the input.
    package init(_ description: String) { self.description = description }
}

/// Prints at once, so that the line is there when the process crashes.
private func say(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
