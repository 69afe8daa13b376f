namespace Siamese.Pipelines.Rejection;

/// <summary>What a score is fitted on.</summary>
/// <param name="Known">Rows of the classes.</param>
/// <param name="Outliers">Examples of the unknown, or null.</param>
/// <param name="Seed">Which rows are drawn where not all are kept.</param>
internal sealed record ScoreRows(FeatureRows Known, FeatureRows? Outliers, int Seed);
