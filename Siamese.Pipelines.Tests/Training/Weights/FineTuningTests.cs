using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Tests.Faces;
using Siamese.Pipelines.Tests.Training.Datasets;
using Siamese.Training;
using Siamese.Training.Datasets;
using Siamese.Training.Samplers;
using Siamese.Training.Weights;

namespace Siamese.Pipelines.Tests.Training.Weights;

public sealed class FineTuningTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    // At a learning rate that changes nothing, what is exported is what the file held.
    [Test]
    public void Training_begins_at_the_weights_of_the_file()
    {
        using Vgg16Weights weights = Vgg16Weights.Open(TestData.Full(Path.Combine("vggface-shaped", "small32.h5")));
        TripletNetworkOptions options = weights.ToTripletNetworkOptions(Vgg16Options.VggFace) with { Epochs = 1, LearningRate = 1e-30, Sampler = Few };
        IDataView digits = Digits(perClass: 4);

        using TripletNetworkTransformer trained = _ml.MetricLearning.TripletNetwork("Embedding", "Image", options: options).Fit(digits);

        EmbeddingModel imported = weights.ToEmbeddingModel(Vgg16Options.VggFace);
        float[][] expected = SmallNetwork.Embeddings(_ml.MetricLearning.EmbedImages("Embedding", imported, "Image").Fit(digits).Transform(digits));
        float[][] found = SmallNetwork.Embeddings(trained.Transform(digits));
        Assert.That(found, Has.Length.EqualTo(40));
        foreach ((float[] own, float[] fc7) in found.Zip(expected))
        {
            double length = Math.Sqrt(fc7.Sum(component => (double)component * component));
            Assert.That(own, Is.EqualTo(fc7.Select(component => component / length)).Within(1e-4));
        }
    }

    [Test]
    public void Training_on_brings_images_of_a_class_together_and_the_file_says_what_it_expects()
    {
        using Vgg16Weights weights = Vgg16Weights.Open(KerasWeights.Write(_folder.File("wider.h5"), KerasWeights.Draw(1, wider: 4, largestBias: 0)));
        Vgg16Options average = Vgg16Options.ImageNet with { Descriptor = Vgg16Descriptor.AveragePool };
        TripletNetworkOptions options = weights.ToTripletNetworkOptions(average) with
        {
            Epochs = 12,
            LearningRate = 1e-3,
            ValidationFraction = 0,
            Sampler = new ClassBalancedSampler(classesPerBatch: 4, imagesPerClass: 6),
        };
        IDataView learned = Digits(perClass: 12);
        IDataView others = Digits(perClass: 6, skip: 12);
        double before = PrecisionAt1(_ml.MetricLearning.EmbedImages("Embedding", weights.ToEmbeddingModel(average), "Image").Fit(others), others, learned);

        using TripletNetworkTransformer trained = _ml.MetricLearning.TripletNetwork("Embedding", "Image", options: options).Fit(learned);

        double after = PrecisionAt1(trained, others, learned);
        TestContext.Out.WriteLine($"precision@1 {before:P1} before, {after:P1} after");
        Assert.That(after, Is.GreaterThan(before + 0.1));
        Assert.That(trained.Report.Epochs[^1].Loss, Is.LessThan(trained.Report.Epochs[0].Loss));
        Assert.That(trained.Report.LargestDifference, Is.LessThanOrEqualTo(1e-5));
        string file = _folder.File("digits.onnx");
        trained.Model.Save(file);
        EmbeddingModel loaded = EmbeddingModel.Load(file);
        Assert.That((loaded.Input, loaded.Dimension), Is.EqualTo((new ImageInput(KerasWeights.Side, KerasWeights.Side, ColorOrder.Bgr), 28)));
    }

    // Photographs to chips to a network, and the network's file back into the chain for faces.
    [Test]
    public void A_network_that_was_trained_on_aligned_faces_embeds_photographs()
    {
        string folder = TestData.Full(Path.Combine("celebrities", "data"));
        using Vgg16Weights weights = Vgg16Weights.Open(TestData.Full(Path.Combine("vggface-shaped", "small32.h5")));
        using SsdFaceDetector detector = FaceData.LoadSsd();
        IDataView photographs = _ml.Data.LoadFromEnumerable(
            Directory.GetDirectories(Path.Combine(folder, "val")).Order().Take(3)
                .SelectMany(person => Directory.GetFiles(person).Order().Take(3).Select(file => new Photograph { Image = file, Label = Path.GetFileName(person) })));
        TripletNetworkOptions options = weights.ToTripletNetworkOptions(Vgg16Options.VggFace) with
        {
            Epochs = 2,
            LearningRate = 1e-3,
            ValidationFraction = 0,
            Sampler = new ClassBalancedSampler(classesPerBatch: 3, imagesPerClass: 3),
        };
        FaceTemplate chip = FaceNetworks.VggFace.Template.ScaleTo(weights.Side, weights.Side);
        var chips = _ml.MetricLearning.DetectFaces(detector).Append(_ml.MetricLearning.AlignFaces("Chip", chip));
        TransformerChain<FaceTransformer> aligner = chips.Fit(photographs);
        using IDisposable ofAligner = (IDisposable)aligner;

        using TripletNetworkTransformer trained = _ml.MetricLearning.TripletNetwork("Embedding", "Chip", options: options).Fit(aligner.Transform(photographs));

        float[][] byTurns = SmallNetwork.Embeddings(trained.Transform(aligner.Transform(photographs)));
        string file = _folder.File("faces.onnx");
        trained.Model.Save(file);
        FaceModel model = FaceModel.Load(file);
        Assert.That(model.Network.Name, Is.EqualTo("VggFace"));
        using FaceTransformer whole = _ml.MetricLearning.EmbedFaces("Embedding", detector, model, "Image").Fit(photographs);
        Assert.That(SmallNetwork.Embeddings(whole.Transform(photographs)), Is.EqualTo(byTurns).Within(1e-5));
        Assert.That(byTurns, Has.Length.EqualTo(9));
        Assert.That(byTurns.Select(row => row.Sum(component => component * component)), Is.All.EqualTo(1).Within(1e-5));
    }

    [Test]
    public void A_size_or_dimension_that_the_weights_do_not_have_is_refused()
    {
        using Vgg16Weights weights = Vgg16Weights.Open(KerasWeights.Write(_folder.File("weights.h5"), KerasWeights.Draw(1)));
        TripletNetworkOptions options = weights.ToTripletNetworkOptions(Vgg16Options.ImageNet);

        Assert.That(
            () => _ml.MetricLearning.TripletNetwork("Embedding", "Image", options: options with { Dimension = 7 }).Fit(Digits(perClass: 2)),
            Throws.ArgumentException.With.Message.Contains("7 components"));
        Assert.That(
            () => _ml.MetricLearning.TripletNetwork("Embedding", "Image", options: options with { Input = new ImageInput(20, 20) }).Fit(Digits(perClass: 2)),
            Throws.ArgumentException.With.Message.Contains("20x20"));
    }

    private static ClassBalancedSampler Few => new(classesPerBatch: 5, imagesPerClass: 2);

    private IDataView Digits(int perClass, int skip = 0)
    {
        LabeledImages digits = MnistDataset.Load(TestData.SampleDigits).Train;
        var rows = Enumerable.Range(0, digits.Count)
            .GroupBy(i => digits.Labels[i])
            .OrderBy(group => group.Key)
            .SelectMany(group => group.Skip(skip).Take(perClass))
            .Select(i => new Digit { Label = $"{digits.Labels[i]}", Image = Picture(digits.Image(i)) });
        return _ml.Data.LoadFromEnumerable(rows.ToArray());
    }

    private static MLImage Picture(ReadOnlySpan<byte> pixels)
    {
        byte[] colors = new byte[pixels.Length * 4];
        for (int i = 0; i < pixels.Length; i++)
        {
            colors.AsSpan(i * 4, 3).Fill(pixels[i]);
            colors[(i * 4) + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(28, 28, MLPixelFormat.Bgra32, colors);
    }

    private double PrecisionAt1(ITransformer embedder, IDataView queries, IDataView references) =>
        _ml.MetricLearning.Evaluate(embedder.Transform(queries), embedder.Transform(references)).PrecisionAt1;

    private sealed class Digit
    {
        public string Label { get; set; } = "";

        [Microsoft.ML.Transforms.Image.ImageType(28, 28)]
        public MLImage? Image { get; set; }
    }

    private sealed class Photograph
    {
        public string Image { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
