using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

/// <summary>The columns of a rejection, and the rows that its threshold is placed by.</summary>
public sealed record RejectUnknownOptions
{
    /// <summary>Gets the column of the features: an embedding or the hidden layer of a network. Scores of probabilities do not read it.</summary>
    /// <value>The default is Features.</value>
    public string FeatureColumnName { get; init => field = Guard.NotBlank(value); } = "Features";

    /// <summary>Gets the column of the classifier's scores or probabilities. Scores of features do not read it.</summary>
    /// <value>The default is Score.</value>
    public string ScoreColumnName { get; init => field = Guard.NotBlank(value); } = "Score";

    /// <summary>Gets the column of the classes, only read when fitted: keys, text or numbers.</summary>
    /// <value>The default is Label.</value>
    public string LabelColumnName { get; init => field = Guard.NotBlank(value); } = RejectionColumnNames.Label;

    /// <summary>
    /// Gets the column of the classifier's prediction, a key, which is replaced by one that is missing where the row is unknown. Rows without
    /// such a column, as they come straight from an embedding, get none.
    /// </summary>
    /// <value>The default is PredictedLabel.</value>
    public string PredictedLabelColumnName { get; init => field = Guard.NotBlank(value); } = RejectionColumnNames.PredictedLabel;

    /// <summary>Gets the column to add that keeps the prediction as it was, also of unknown rows.</summary>
    /// <value>The default is ClosedSetLabel.</value>
    public string ClosedSetLabelColumnName { get; init => field = Guard.NotBlank(value); } = RejectionColumnNames.ClosedSetLabel;

    /// <summary>Gets the column to add of the score: a <see cref="float"/>; larger is more unknown.</summary>
    /// <value>The default is UnknownScore.</value>
    public string UnknownScoreColumnName { get; init => field = Guard.NotBlank(value); } = RejectionColumnNames.UnknownScore;

    /// <summary>Gets the column to add that says whether the row is unknown: a <see cref="bool"/>.</summary>
    /// <value>The default is IsUnknown.</value>
    public string IsUnknownColumnName { get; init => field = Guard.NotBlank(value); } = RejectionColumnNames.IsUnknown;

    /// <summary>Gets the column to add of the conformal p-value, in (0, 1], where the threshold is a <see cref="ConformalThreshold"/>: a <see cref="float"/>.</summary>
    /// <value>The default is PValue.</value>
    public string PValueColumnName { get; init => field = Guard.NotBlank(value); } = "PValue";

    /// <summary>
    /// Gets the share of the rows that is kept from the score and calibrates the threshold, where no rows are given for that. It is drawn by
    /// the seed. Scores that learn nothing are calibrated on all rows.
    /// </summary>
    /// <value>
    /// The default is 0.2. Mind that a network or classifier that was fitted on the same rows knows them better than others; rows that
    /// nothing has learned from calibrate honestly: give them to <see cref="RejectUnknownEstimator.Fit(Microsoft.ML.IDataView, Microsoft.ML.IDataView, Microsoft.ML.IDataView?)"/>.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0.01, 0.9].</exception>
    public double CalibrationFraction { get; init => field = Guard.InRange(value, 0.01, 0.9); } = 0.2;

    /// <summary>Gets the seed of what is drawn.</summary>
    public int Seed { get; init; }

    /// <summary>Gets the batch size, the threads and what cancels.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public OnnxScoringOptions Scoring { get; init => field = Guard.NotNull(value); } = new();
}
