using Microsoft.ML;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Rejection;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Faces;
using Siamese.Pipelines.Tests.Rejection;
using Siamese.Pipelines.Tests.Training;
using Siamese.Training;
using Siamese.Training.Samplers;

namespace Siamese.Pipelines.Tests;

public sealed class ImageEmbeddingEstimatorContract : EstimatorContract<ImageEmbeddingEstimator>
{
    protected override ImageEmbeddingEstimator Estimator => Ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Pixels");

    protected override IDataView Rows => Ml.Data.LoadFromEnumerable(SmallNetwork.Rows(20));

    protected override string Added => "Embedding";
}

public sealed class NearestNeighborsEstimatorContract : EstimatorContract<NearestNeighborsEstimator>
{
    protected override NearestNeighborsEstimator Estimator => Ml.MetricLearning.NearestNeighbors("Key", "Pixels", new() { Neighbors = 3 });

    protected override IDataView Rows
    {
        get
        {
            IDataView rows = Ml.Data.LoadFromEnumerable(SmallNetwork.Rows(20));
            return Ml.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(rows).Transform(rows);
        }
    }

    protected override string Added => "Score";
}

public sealed class RejectUnknownEstimatorContract : EstimatorContract<RejectUnknownEstimator>
{
    protected override RejectUnknownEstimator Estimator => Ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, RejectionThreshold.Conformal(0.1));

    protected override IDataView Rows
    {
        get
        {
            IDataView rows = FeatureRow.Keyed(Ml, FeatureRow.Known(90, seed: 1));
            return Ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key").Fit(rows).Transform(rows);
        }
    }

    protected override string Added => "UnknownScore";
}

public sealed class TripletNetworkEstimatorContract : EstimatorContract<TripletNetworkEstimator>
{
    protected override TripletNetworkEstimator Estimator => Ml.MetricLearning.TripletNetwork(
        "Embedding", "Image", options: new() { Dimension = 4, Epochs = 1, Sampler = new ClassBalancedSampler(4, 2), Threads = 1 });

    protected override IDataView Rows => StripedImages.View(Ml, perClass: 6);

    protected override string Added => "Embedding";
}

public sealed class FaceDetectionEstimatorContract : EstimatorContract<FaceDetectionEstimator>
{
    protected override FaceDetectionEstimator Estimator => Ml.MetricLearning.DetectFaces(new DrawnFaceDetector());

    protected override IDataView Rows => DrawnFaces.View(Ml, 9);

    protected override string Added => "Landmarks";

    protected override bool Saves => false;
}

public sealed class FaceAlignmentEstimatorContract : EstimatorContract<FaceAlignmentEstimator>
{
    protected override FaceAlignmentEstimator Estimator => Ml.MetricLearning.AlignFaces("Chip", DrawnFaces.Template, options: new() { NoFace = NoFacePolicy.WholeImage });

    protected override IDataView Rows
    {
        get
        {
            IDataView rows = DrawnFaces.View(Ml, 9);
            return Ml.MetricLearning.DetectFaces(new DrawnFaceDetector()).Fit(rows).Transform(rows);
        }
    }

    protected override string Added => "Chip";

    protected override bool Saves => false;
}

public sealed class FaceEmbeddingEstimatorContract : EstimatorContract<FaceEmbeddingEstimator>
{
    protected override FaceEmbeddingEstimator Estimator => Ml.MetricLearning.EmbedFaces("Embedding", new DrawnFaceDetector(), DrawnFaces.Model(), "Image");

    protected override IDataView Rows => DrawnFaces.View(Ml, 9);

    protected override string Added => "Embedding";

    protected override bool Saves => false;
}

public sealed class EstimatorContractTests
{
    [Test]
    public void Every_public_estimator_is_held_to_the_contract()
    {
        Type[] estimators =
        [
            .. new[] { typeof(MetricLearningCatalog), typeof(TripletNetworkEstimator) }
                .SelectMany(type => type.Assembly.GetExportedTypes())
                .Where(type => !type.IsAbstract && type.GetInterfaces().Any(
                    found => found.IsGenericType && found.GetGenericTypeDefinition() == typeof(IEstimator<>))),
        ];
        Type[] held =
        [
            .. typeof(EstimatorContractTests).Assembly.GetTypes()
                .Where(type => type.BaseType is { IsGenericType: true } parent && parent.GetGenericTypeDefinition() == typeof(EstimatorContract<>))
                .Select(type => type.BaseType!.GetGenericArguments()[0]),
        ];

        Assert.That(estimators, Is.Not.Empty);
        Assert.That(held, Is.EquivalentTo(estimators));
    }
}
