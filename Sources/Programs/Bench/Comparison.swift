/// Something that is measured in turn with a yardstick.
struct Subject {
    let name: String
    /// The CPU microseconds of a call or request.
    let cost: () async throws -> Double
}

/// Measures subjects in turn with their yardstick, in many short rounds, and compares what each costs undisturbed.
///
/// Neighbours on a shared machine come and go within seconds, and they only ever add to a cost. So of each the lower quartile is taken:
/// the rounds in which it was left alone, without the luck of the best one.
struct Comparison {
    private let yardstick: Subject
    private let subjects: [Subject]

    init(_ subjects: Subject..., to yardstick: Subject) {
        self.yardstick = yardstick
        self.subjects = subjects
    }

    /// Each subject's cost as a multiple of the yardstick's.
    func ratios(rounds: Int = 12) async throws -> [Double] {
        var floor: [Double] = []
        var costs: [[Double]] = subjects.map { _ in [] }
        for _ in 0..<rounds {
            floor.append(try await yardstick.cost())
            for index in subjects.indices { costs[index].append(try await subjects[index].cost()) }
            let figures = zip(subjects, costs).map { "\($0.name) \(hundredths($1.last ?? .nan)) us" }
            say("\(yardstick.name) \(hundredths(floor.last ?? .nan)) us, \(figures.joined(separator: ", "))")
        }
        return costs.map { lowerQuartile($0) / lowerQuartile(floor) }
    }
}
