import Foundation

/// Something that is measured, with the goals it decides.
struct Benchmark: Sendable {
    let title: String
    let goals: [String]
    let run: @Sendable () async throws -> [Outcome]

    static let all: [Benchmark] = [
        client, urlSession, hungCalls, json, aiohttp, fastAPI, start, server, passthrough, postgres, sqlite, deliveries,
        create, whole, openLoop,
        journal, health, metrics, streams,
    ]
}

/// Prints a line at once, also into a file or a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

/// What a goal came to.
struct Outcome: Sendable {
    enum Relation: String, Sendable {
        case atMost = "<="
        case atLeast = ">="
    }

    let name: String
    let value: Double
    let relation: Relation
    let bound: Double

    var isMet: Bool {
        switch relation {
        case .atMost: value <= bound
        case .atLeast: value >= bound
        }
    }

    var line: String {
        "GOAL \(name) \(hundredths(value)) \(relation.rawValue) \(hundredths(bound)) \(isMet ? "met" : "missed")"
    }
}

/// The value that a quarter of the values do not exceed.
func lowerQuartile(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.sorted()[(values.count - 1) / 4]
}

func hundredths(_ value: Double) -> String {
    guard value.isFinite else { return "unknown" }
    let rounded = (value * 100).rounded() / 100
    return "\(rounded)"
}
