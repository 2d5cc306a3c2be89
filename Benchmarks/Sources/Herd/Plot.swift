import Foundation

/// Requests in each second, one line for each policy, on a logarithmic scale: the peaks are three powers of ten apart.
struct Plot {
    var series: [(name: String, perSecond: [Int])]
    var seconds: Int

    private let colours = ["#999999", "#d55e00", "#0072b2", "#009e73"]
    private let left = 70.0, top = 20.0, width = 700.0, height = 320.0

    private func x(_ second: Int) -> Double { left + width * Double(second) / Double(seconds) }
    private func y(_ requests: Int) -> Double { top + height * (1 - log10(Double(max(1, requests))) / 5) }
    private func number(_ value: Double) -> String { String(format: "%.1f", value) }

    var svg: String {
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 460" font-family="sans-serif" font-size="12">"#,
            "<title>Requests in each second after 10,000 terminals come back at one moment; the host takes 100</title>",
            #"<rect width="800" height="460" fill="white"/>"#,
        ]
        for power in 0...5 {
            let requests = Int(pow(10, Double(power)))
            lines.append(
                #"<path d="M\#(number(left)) \#(number(y(requests)))H\#(number(left + width))" stroke="gainsboro"/>"#
                    + #"<text x="\#(number(left - 8))" y="\#(number(y(requests) + 4))" text-anchor="end">\#(requests)</text>"#)
        }
        for second in stride(from: 0, through: seconds, by: 60) {
            lines.append(
                #"<text x="\#(number(x(second)))" y="\#(number(top + height + 18))" text-anchor="middle">\#(second) s</text>"#)
        }
        lines.append(
            #"<path d="M\#(number(left)) \#(number(y(100)))H\#(number(left + width))" stroke="black" stroke-dasharray="4 4"/>"#)
        for (index, line) in series.enumerated() {
            let points = (0..<seconds).map { second in
                "\(number(x(second))) \(number(y(second < line.perSecond.count ? line.perSecond[second] : 0)))"
            }
            let colour = colours[index % colours.count]
            lines.append(#"<polyline fill="none" stroke="\#(colour)" points="\#(points.joined(separator: ","))"/>"#)
            let row = top + height + 40 + 16 * Double(index)
            let peak = line.perSecond.max() ?? 0
            lines.append(
                #"<path d="M\#(number(left)) \#(number(row - 4))h20" stroke="\#(colour)" stroke-width="3"/>"#
                    + #"<text x="\#(number(left + 28))" y="\#(number(row))">\#(line.name): peak \#(peak) requests/s</text>"#)
        }
        lines.append(
            #"<text x="\#(number(left + width))" y="\#(number(top + height + 40))" text-anchor="end">dashed: what the host takes</text>"#)
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }
}
