namespace Siamese.Pipelines.Evaluation;

/// <summary>The figures of one set of rows, or of one bootstrap sample of it: NaN where there is none.</summary>
internal readonly record struct RejectionFigures(
    double Auroc,
    double AuprUnknown,
    double AuprKnown,
    double FalsePositiveRateAt95,
    double Oscr,
    double ShareOfKnownKept,
    double ShareOfUnknownRejected,
    double AccuracyOfKept);
