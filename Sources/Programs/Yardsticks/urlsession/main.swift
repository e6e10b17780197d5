// What a call costs with Foundation's URLSession, driven as simply as can be: each caller makes one call after another.
//
//     yardstick-urlsession URL CALLERS SECONDS
//
// prints the CPU microseconds of a call, of all threads.
import Foundation
import FoundationNetworking
import Synchronization

final class Tally: Sendable {
    let calls = Atomic(0)
    let isOver = Atomic(false)
}

func cpuMicroseconds() -> Double {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(0), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let url = URL(string: arguments[1]), let callers = Int(arguments[2]),
    let seconds = Int(arguments[3])
else {
    print("usage: yardstick-urlsession URL CALLERS SECONDS")
    exit(2)
}
let configuration = URLSessionConfiguration.ephemeral
configuration.httpMaximumConnectionsPerHost = callers
configuration.urlCache = nil
let session = URLSession(configuration: configuration)
var request = URLRequest(url: url)
request.setValue("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", forHTTPHeaderField: "traceparent")
let call = request
let tally = Tally()
for _ in 0..<callers {
    Task {
        while !tally.isOver.load(ordering: .relaxed) {
            let (body, _) = try await session.data(for: call)
            if body.isEmpty { exit(1) }
            tally.calls.wrappingAdd(1, ordering: .relaxed)
        }
    }
}
try await Task.sleep(for: .milliseconds(500))
let (callsBefore, cpuBefore) = (tally.calls.load(ordering: .relaxed), cpuMicroseconds())
try await Task.sleep(for: .seconds(seconds))
let (callsAfter, cpuAfter) = (tally.calls.load(ordering: .relaxed), cpuMicroseconds())
tally.isOver.store(true, ordering: .relaxed)
print((cpuAfter - cpuBefore) / Double(callsAfter - callsBefore))
exit(callsAfter > callsBefore ? 0 : 1)
