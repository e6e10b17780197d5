import Testing

@testable import Dapr

struct SecondsTextTests {
    @Test(arguments: [
        (Duration.zero, "0s"), (.seconds(90), "90s"), (.milliseconds(1500), "1.5s"), (.nanoseconds(1), "0.000000001s"),
        (.seconds(-1), "-1s"), (.milliseconds(-250), "-0.25s"), (.milliseconds(-1250), "-1.25s"),
        (.seconds(Int64.max), "9223372036854775807s"), (.seconds(3600) + .microseconds(20), "3600.00002s"),
    ])
    func `a duration is written in seconds and read back`(duration: Duration, text: String) {
        #expect(SecondsText.text(duration) == text)
        #expect(SecondsText.duration(text) == duration)
    }

    @Test func `what is finer than a nanosecond is cut off`() {
        let attosecond = Duration(secondsComponent: 0, attosecondsComponent: 1)
        #expect(SecondsText.text(attosecond) == "0s")
        #expect(SecondsText.text(.zero - attosecond) == "0s")
    }

    @Test(arguments: [
        "", "s", "1", "1m", "1h0m0s", "1.s", ".5s", "--1s", "+1s", "1.0000000001s", "99999999999999999999s",
    ])
    func `other texts are no durations`(text: String) {
        #expect(SecondsText.duration(text) == nil)
    }

    @Test(arguments: [
        (Duration.seconds(60), 60 as Int?), (.milliseconds(1), 1), (.milliseconds(1500), 2), (.zero, nil),
        (.seconds(-1), nil),
        (.milliseconds(-1), nil), (.seconds(Int64(Int32.max)), nil), (.seconds(Int64.max), nil),
    ])
    func `whole seconds are rounded up`(duration: Duration, seconds: Int?) {
        #expect(SecondsText.wholeSeconds(duration) == seconds)
    }
}
