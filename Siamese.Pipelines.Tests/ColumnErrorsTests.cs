using Microsoft.ML;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Rejection;
using Siamese.Pipelines.Tests.Faces;

namespace Siamese.Pipelines.Tests;

public sealed class ColumnErrorsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Test]
    public void Output_columns_of_one_name_are_refused_before_anything_is_fitted()
    {
        var hidden = new EmbedImagesOptions { HiddenColumnName = "E" };
        using var detector = new DrawnFaceDetector();

        AssertRefused(() => _ml.MetricLearning.EmbedImages("E", SmallNetwork.Create(), "Pixels", hidden), "HiddenColumnName", "outputColumnName");
        AssertRefused(() => _ml.MetricLearning.TripletNetwork("E", "Image", options: new() { Embedding = hidden }), "HiddenColumnName", "outputColumnName");
        AssertRefused(() => _ml.MetricLearning.DetectFaces(detector, scoresColumnName: "Boxes"), "scoresColumnName", "boxesColumnName");
        AssertRefused(() => _ml.MetricLearning.DetectFaces(detector, landmarksColumnName: "Scores"), "landmarksColumnName", "scoresColumnName");
        AssertRefused(() => Reject(new() { IsUnknownColumnName = "UnknownScore" }), "IsUnknownColumnName", "UnknownScoreColumnName");
        AssertRefused(() => Reject(new() { ClosedSetLabelColumnName = "PredictedLabel" }), "ClosedSetLabelColumnName", "PredictedLabelColumnName");
        AssertRefused(
            () => _ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, RejectionThreshold.Conformal(0.1), new() { PValueColumnName = "IsUnknown" }),
            "PValueColumnName",
            "IsUnknownColumnName");
        Assert.That(() => Reject(new() { PValueColumnName = "IsUnknown" }), Throws.Nothing, "without a conformal threshold there is not such a column");
    }

    private static void AssertRefused(Action action, string parameter, string other) =>
        Assert.That(action, Throws.ArgumentException.With.Property("ParamName").EqualTo(parameter).And.Message.Contains(other).And.Message.Contains("name of its own"));

    private RejectUnknownEstimator Reject(RejectUnknownOptions options) =>
        _ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, RejectionThreshold.FalseRejectionRate(0.1), options);
}
