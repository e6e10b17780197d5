// swift-tools-version:6.2
import PackageDescription

// `name` and `path` because the examples stand in the package's own repository; yours says
// `.package(url: "…", branch: "main")` and needs no name.
let package = Package(
    name: "examples",
    dependencies: [.package(name: "dapr-tasks", path: "..")],
    targets: [
        .target(name: "TinyServer")
    ]
        + ["Counter", "Orders", "ScheduledJob"].map {
            .executableTarget(
                name: $0,
                dependencies: [
                    "TinyServer",
                    .product(name: "Dapr", package: "dapr-tasks"),
                    .product(name: "DaprCurl", package: "dapr-tasks"),
                ]
            )
        }
)
