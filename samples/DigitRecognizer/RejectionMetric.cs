namespace Siamese.Samples.DigitRecognizer;

/// <summary>How one score tells one set of unknown pictures from the test images.</summary>
/// <param name="Unknown">The set; where labels of it are counted apart, what is counted.</param>
/// <param name="Score">The score.</param>
/// <param name="Threshold">A greater score is unknown.</param>
/// <param name="Auroc">The chance that an unknown picture scores higher than a known one.</param>
/// <param name="Aupr">Area under precision and recall, the unknown being what is looked for.</param>
/// <param name="AuprKnown">The same, the known being what is looked for.</param>
/// <param name="Fpr95">The share of the unknown that is kept where 95 % of the known are.</param>
/// <param name="Oscr">Area under the open-set classification rate.</param>
/// <param name="KeptKnown">The share of the test images that is kept at the threshold.</param>
/// <param name="RejectedUnknown">The share of the unknown that is rejected at it.</param>
/// <param name="AccuracyOfKept">The share of the kept test images whose class is right.</param>
/// <param name="KeptKnownInterval">Between what bounds <paramref name="KeptKnown"/> lies, at 95 %, by bootstrap.</param>
/// <param name="AurocInterval">The same of <paramref name="Auroc"/>.</param>
/// <param name="PerLabel">Each label of the unknown by itself; null where it has none.</param>
internal sealed record RejectionMetric(
    string Unknown,
    string Score,
    double Threshold,
    double Auroc,
    double Aupr,
    double AuprKnown,
    double Fpr95,
    double? Oscr,
    double? KeptKnown,
    double? RejectedUnknown,
    double? AccuracyOfKept,
    double[]? KeptKnownInterval,
    double[]? AurocInterval,
    IReadOnlyList<LabelRejection>? PerLabel);
