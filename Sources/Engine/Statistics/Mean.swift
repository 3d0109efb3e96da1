/// Means, and how far off they may be.
public enum Mean {
  /// The mean; 0 of nothing.
  public static func of(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }

  /// The standard error of the mean of independent values.
  ///
  ///     se = sqrt(sum_i (x_i - m)^2 / (n - 1) / n)
  ///
  /// 0 of fewer than two values.
  public static func error(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    return (variance(values) / Double(values.count)).squareRoot()
  }

  /// The sample's variance, over n - 1; 0 of fewer than two values.
  public static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = of(values)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }

  /// The standard error of the mean of values of which those of one cluster depend on each other.
  ///
  ///     se = sqrt(G / (G - 1) sum_g (sum_{i in g} (x_i - m))^2) / n
  ///
  /// The cluster-robust error of a regression on a constant (Liang and Zeger 1986), with statsmodels' correction; for
  /// clusters of one value each it is `error`. 0 for fewer than two clusters.
  public static func clusteredError<Cluster: Hashable>(_ values: [Double], clusters: [Cluster]) -> Double {
    let mean = of(values)
    var places: [Cluster: Int] = [:]
    var sums: [Double] = []
    for (value, cluster) in zip(values, clusters) {
      if let place = places[cluster] {
        sums[place] += value - mean
      } else {
        places[cluster] = sums.count
        sums.append(value - mean)
      }
    }
    guard sums.count > 1 else { return 0 }
    let count = Double(sums.count)
    return (count / (count - 1) * sums.reduce(0) { $0 + $1 * $1 }).squareRoot() / Double(values.count)
  }
}
