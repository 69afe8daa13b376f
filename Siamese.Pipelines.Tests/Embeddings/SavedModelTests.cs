using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Embeddings;

public sealed class SavedModelTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Test]
    public void A_chain_on_pixels_loads_in_plain_MLNET_and_predicts_alike()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(60));
        ITransformer chain = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Pixels"))
            .Append(_ml.Transforms.NormalizeLpNorm("Features", "Embedding"))
            .Append(_ml.MetricLearning.SoftmaxClassifier())
            .Fit(view);
        using var file = new TemporaryFile(".zip");
        _ml.Model.Save(chain, view.Schema, file.Path);

        ITransformer stock = new MLContext().Model.Load(file.Path, out DataViewSchema schema);
        ITransformer batched = _ml.MetricLearning.Load(file.Path, out _);

        uint[] expected = Labels(chain.Transform(view));
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(1));
        Assert.That(Labels(stock.Transform(view)), Is.EqualTo(expected));
        Assert.That(Labels(batched.Transform(view)), Is.EqualTo(expected));
        Assert.That(schema.Select(column => column.Name), Is.EqualTo(new[] { "Pixels", "Name", "Label" }));
        Assert.That(Parts(stock), Has.None.InstanceOf<ImageEmbeddingTransformer>());
        Assert.That(Parts(batched), Has.One.InstanceOf<ImageEmbeddingTransformer>());
    }

    [TestCase(ColorOrder.Grayscale)]
    [TestCase(ColorOrder.Rgb)]
    [TestCase(ColorOrder.Bgr)]
    public void A_chain_on_images_of_the_networks_size_loads_in_plain_MLNET_and_embeds_alike(ColorOrder order)
    {
        Func<IDataView> view = () => Images(20, SmallNetwork.Side, SmallNetwork.Side);
        EmbeddingModel model = SmallNetwork.Create(order);
        ITransformer chain = Chain(model).Fit(view());
        using var file = new TemporaryFile(".zip");
        _ml.Model.Save(chain, view().Schema, file.Path);

        ITransformer stock = new MLContext().Model.Load(file.Path, out _);
        ITransformer batched = _ml.MetricLearning.Load(file.Path, out _);

        float[][] expected = ByHand(view(), model.Input);
        Assert.That(SmallNetwork.Embeddings(chain.Transform(view())), Is.EqualTo(expected));
        Assert.That(SmallNetwork.Embeddings(stock.Transform(view())), Is.EqualTo(expected).Within(1e-4f));
        Assert.That(SmallNetwork.Embeddings(batched.Transform(view())), Is.EqualTo(expected).Within(1e-4f));
        Assert.That(stock.GetOutputSchema(view().Schema).Select(column => column.Name), Is.EqualTo(chain.GetOutputSchema(view().Schema).Select(column => column.Name)));
        Assert.That(Parts(batched), Has.One.InstanceOf<ImageEmbeddingTransformer>());
    }

    [Test]
    public void A_chain_that_resized_an_image_refuses_to_be_saved_where_it_is_told_to_and_says_what_to_do()
    {
        Func<IDataView> view = () => Images(3, 9, 7);
        ITransformer chain = Chain(SmallNetwork.Create(), new EmbedImagesOptions { SavedResize = SavedResize.Refuse }).Fit(view());
        using var file = new TemporaryFile(".zip");
        SmallNetwork.Embeddings(chain.Transform(view()));

        Assert.That(
            () => _ml.Model.Save(chain, view().Schema, file.Path),
            Throws.InvalidOperationException.With.Message.Contains("4x4").And.Message.Contains("SavedResize"));
    }

    [TestCase(ColorOrder.Grayscale)]
    [TestCase(ColorOrder.Rgb)]
    public void A_chain_that_resized_is_saved_with_one_warning_and_resizes_alike_when_this_library_loads_it(ColorOrder order)
    {
        Func<IDataView> view = () => Images(10, 9, 7);
        EmbeddingModel model = SmallNetwork.Create(order);
        ITransformer chain = Chain(model).Fit(view());
        float[][] expected = SmallNetwork.Embeddings(chain.Transform(view()));
        using var file = new TemporaryFile(".zip");
        var warnings = new List<string>();
        _ml.Log += (_, entry) =>
        {
            if (entry.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(entry.RawMessage);
            }
        };
        _ml.Model.Save(chain, view().Schema, file.Path);

        ITransformer stock = new MLContext().Model.Load(file.Path, out _);
        ITransformer batched = _ml.MetricLearning.Load(file.Path, out _);

        Assert.That(expected, Is.EqualTo(ByHand(view(), model.Input)));
        Assert.That(SmallNetwork.Embeddings(batched.Transform(view())), Is.EqualTo(expected).Within(1e-4f));
        Assert.That(SmallNetwork.Embeddings(stock.Transform(view())), Is.Not.EqualTo(expected).Within(1f));
        Assert.That(warnings, Has.Count.EqualTo(1));
        Assert.That(warnings[0], Does.Contain("4x4").And.Contains("nearest pixel").And.Contains("ml.MetricLearning.Load"));
    }

    [Test]
    public void A_loaded_model_can_be_saved_and_loaded_again()
    {
        Func<IDataView> view = () => Images(5, SmallNetwork.Side, SmallNetwork.Side);
        ITransformer chain = Chain(SmallNetwork.Create(ColorOrder.Bgr)).Fit(view());
        using var first = new TemporaryFile(".zip");
        using var second = new TemporaryFile(".zip");
        _ml.Model.Save(chain, view().Schema, first.Path);

        _ml.Model.Save(_ml.MetricLearning.Load(first.Path, out DataViewSchema schema), schema, second.Path);
        ITransformer again = _ml.MetricLearning.Load(second.Path, out _);

        Assert.That(SmallNetwork.Embeddings(again.Transform(view())), Is.EqualTo(SmallNetwork.Embeddings(chain.Transform(view()))).Within(1e-4f));
    }

    [Test]
    public void Images_that_pass_by_belong_to_their_reader()
    {
        Func<IDataView> view = () => Images(40, SmallNetwork.Side, SmallNetwork.Side);
        using ImageEmbeddingTransformer embedder = _ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Image").Fit(view());

        // Each reader of an image column disposes what it was given: two steps over one column must not take it from each other.
        IDataView twice = _ml.MetricLearning.EmbedImages("Again", SmallNetwork.Create(), "Image").Fit(embedder.Transform(view())).Transform(embedder.Transform(view()));

        Assert.That(SmallNetwork.Embeddings(twice, "Again"), Is.EqualTo(SmallNetwork.Embeddings(twice)));
        Assert.That(twice.GetColumn<MLImage>("Image").Select(image => image.Width), Is.All.EqualTo(SmallNetwork.Side));
    }

    private static uint[] Labels(IDataView view) => [.. view.GetColumn<uint>("PredictedLabel")];

    private static IEnumerable<ITransformer> Parts(ITransformer transformer) =>
        transformer is IEnumerable<ITransformer> chain ? chain.SelectMany(Parts) : [transformer];

    private static float[][] ByHand(IDataView view, ImageInput input) =>
        [.. view.GetColumn<MLImage>("Image").Select(image =>
        {
            var pixels = new float[input.Length];
            ImagePixels.Read(image, input, pixels);
            return SmallNetwork.Embed(pixels);
        })];

    private EstimatorChain<ImageEmbeddingTransformer> Chain(EmbeddingModel model, EmbedImagesOptions? options = null) =>
        new EstimatorChain<ITransformer>().Append(_ml.MetricLearning.EmbedImages("Embedding", model, "Image", options));

    private IDataView Images(int count, int width, int height)
    {
        var random = new Random(3);
        ImageOnly[] rows = [.. Enumerable.Range(0, count).Select(_ =>
        {
            var pixels = new byte[width * height * 4];
            random.NextBytes(pixels);
            for (int i = 3; i < pixels.Length; i += 4)
            {
                pixels[i] = 255;
            }

            return new ImageOnly { Image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, pixels) };
        })];
        return _ml.Data.LoadFromEnumerable(rows);
    }

    private sealed class ImageOnly
    {
        [Microsoft.ML.Transforms.Image.ImageType(1, 1)]
        public MLImage Image { get; set; } = null!;

        // ML.NET cannot save the schema of a model whose only column holds images.
        public string Name { get; set; } = string.Empty;
    }
}
