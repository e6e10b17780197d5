import DaprLog
import DaprOperatingSystem
import Glibc

/// The signals that end the server, and what bounds the time it takes.
enum EndSignals {
    static let all: [CInt] = [SIGTERM, SIGINT]
    /// A terminal signals every program of its group, and a program that runs others may signal them once more.
    private static let sameOccasion: Duration = .seconds(1)

    /// Ends the process, with 128 and the signal as shells count, as soon as somebody asks again: by the same signal, or by the other
    /// after a moment in which both may be of one occasion.
    ///
    /// What is committed and not published then is published by another instance, or by the next one.
    static func endAtOnce(onAnotherThan first: CInt, _ logger: Logger) {
        let begin = ContinuousClock.now
        // Nothing waits for it: it ends with the process.
        Task.detached {
            var signal: CInt
            repeat {
                signal = await ProcessSignals.wait(for: all)
            } while signal != first && ContinuousClock.now - begin < sameOccasion
            logger.warning("asked again: ending at once", [.signal: .int(Int(signal))])
            exit(128 + signal)
        }
    }

    /// Ends the process with 0 when its end has not come within the limit.
    static func end(within limit: Duration, _ logger: Logger) {
        Task.detached {
            // Nothing cancels this task.
            try? await Task.sleep(for: limit)
            logger.warning("not everything ended in time; what is left is for another instance")
            exit(0)
        }
    }
}
