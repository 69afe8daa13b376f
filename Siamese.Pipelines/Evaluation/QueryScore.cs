namespace Siamese.Pipelines.Evaluation;

/// <summary>How one query's references are ranked.</summary>
/// <param name="FirstMatch">The rank of the nearest reference of the query's class, from 1; 0 for a query that is not counted.</param>
/// <param name="RPrecision">The share of the query's class among the R nearest.</param>
/// <param name="AveragePrecision">The average precision at R.</param>
internal readonly record struct QueryScore(int FirstMatch, double RPrecision, double AveragePrecision);
