import DaprMetrics
import DaprOperatingSystem
import ServiceMetrics

extension MetricsRegistry {
    /// Shows what the process is and uses, as it is whenever somebody asks.
    func showProcess() {
        gauge(.buildInfo).set(1, ServerSettings.version, Build.configuration)
        callback(.processCPU) { ProcessFigures.cpuSeconds ?? .nan }
        callback(.processResidentBytes) { ProcessFigures.residentBytes.map(Double.init) ?? .nan }
        callback(.processVirtualBytes) { ProcessFigures.virtualBytes.map(Double.init) ?? .nan }
        callback(.processOpenDescriptors) { ProcessFigures.openDescriptors.map(Double.init) ?? .nan }
        callback(.processMostDescriptors) { ProcessFigures.mostDescriptors ?? .nan }
        let start = ProcessFigures.startSeconds ?? .nan
        callback(.processStart) { start }
    }
}

/// How this program was built.
private enum Build {
    #if DEBUG
    static let configuration = "debug"
    #else
    static let configuration = "release"
    #endif
}
