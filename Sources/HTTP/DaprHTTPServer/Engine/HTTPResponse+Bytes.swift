import DaprHTTP
import DaprOperatingSystem

extension HTTPResponse {
    /// The whole answer with its head, for a request that libmicrohttpd cannot answer any more.
    var whole: [UInt8] {
        let body = bytes
        let seconds = Int(WallClock.milliseconds / 1000)
        return ResponseHeadText.bytes(self, length: body.count, closes: true, seconds: seconds) + body
    }
}
