import DaprHTTP
import DaprOperatingSystem

extension HeadFault {
    /// The whole answer with its head, for a request that libmicrohttpd cannot answer any more.
    var wholeText: [UInt8] {
        let body = Array(text.utf8)
        let seconds = Int(WallClock.milliseconds / 1000)
        return ResponseHeadText.bytes(response, length: body.count, closes: true, seconds: seconds) + body
    }
}
