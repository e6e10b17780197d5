import DaprOperatingSystem
import Foundation
import Testing

/// One after another, since signals belong to the whole process.
@Suite(.serialized)
struct ProcessSignalsTests {
    @Test func `a signal resumes whoever waits for it, and is kept when nobody does`() async {
        async let first = ProcessSignals.wait(for: [SIGUSR1, SIGUSR2])
        // The handler is installed before this returns 0: a cancelled wait still watches.
        let cancelled = Task { await ProcessSignals.wait(for: [SIGUSR1, SIGUSR2]) }
        cancelled.cancel()
        #expect(await cancelled.value == 0)
        kill(getpid(), SIGUSR2)
        #expect(await first == SIGUSR2)
        kill(getpid(), SIGUSR1)
        #expect(await ProcessSignals.wait(for: [SIGUSR1]) == SIGUSR1)
    }
}
