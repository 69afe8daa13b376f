namespace Siamese.Pipelines.Evaluation;

/// <summary>What the columns are called that tell the known from the unknown, where nobody says otherwise.</summary>
internal static class RejectionColumnNames
{
    public const string UnknownScore = "UnknownScore";
    public const string IsUnknown = "IsUnknown";
    public const string ClosedSetLabel = "ClosedSetLabel";
    public const string Label = "Label";
    public const string PredictedLabel = "PredictedLabel";
}
