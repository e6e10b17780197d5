import Foundation

// Two programs in one: without `--as` it runs the benchmarks; with it, it is one of the programs that they measure.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "--as" {
    try await MeasuredProgram.run(Array(arguments.dropFirst()))
} else {
    let wanted = Set(arguments.flatMap { $0.split(separator: ",").map(String.init) })
    let unknown = wanted.subtracting(Benchmark.all.flatMap(\.goals))
    guard unknown.isEmpty else {
        let known = Benchmark.all.flatMap(\.goals).joined(separator: " ")
        FileHandle.standardError.write(
            Data("unknown goal: \(unknown.sorted().joined(separator: " ")); there are: \(known)\n".utf8)
        )
        exit(2)
    }
    var missed = false
    do {
        for benchmark in Benchmark.all where wanted.isEmpty || !wanted.isDisjoint(with: benchmark.goals) {
            say("# \(benchmark.title)")
            for outcome in try await benchmark.run() where wanted.isEmpty || wanted.contains(outcome.name) {
                say(outcome.line)
                missed = missed || !outcome.isMet
            }
        }
    } catch {
        FileHandle.standardError.write(Data("\(error); make bench builds and installs all that is measured\n".utf8))
        exit(1)
    }
    exit(missed ? 1 : 0)
}
