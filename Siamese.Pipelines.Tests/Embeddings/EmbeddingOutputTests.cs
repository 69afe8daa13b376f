using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Onnx.Format;
using Siamese.Pipelines.Tests.Onnx;

namespace Siamese.Pipelines.Tests.Embeddings;

public sealed class EmbeddingOutputTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestCase("logits")]
    [TestCase("Probabilities")]
    public void What_is_named_as_a_classifiers_output_is_not_taken_for_the_embedding(string name)
    {
        EmbeddingModel network = EmbeddingModel.Load(Two(name), SmallGraphs.Input);

        Assert.That(network.Dimension, Is.EqualTo(4));
        Assert.That(EmbeddingModel.Load(Two(name), SmallGraphs.Input, name).Dimension, Is.EqualTo(10), "but where the caller names it");
        Assert.That(EmbeddingModel.Load(Two(name), SmallGraphs.Input, "features").Identity, Is.EqualTo(network.Identity));
    }

    [Test]
    public void Of_two_outputs_none_is_taken_without_a_choice()
    {
        Assert.That(
            () => EmbeddingModel.Load(Two(), SmallGraphs.Input),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("'other' Single (N, 10)").And.Message.Contains("'features' Single (N, 4)")
                .And.Message.Contains("outputName"));
    }

    [Test]
    public void The_output_that_is_named_is_the_embedding_here_in_saved_chains_and_in_a_file_that_names_it()
    {
        byte[] file = Two();
        ImageRow[] rows = SmallNetwork.Rows(9);
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        float[][] expected = [.. rows.Select(row => OnnxRun.Run(WithOnly(file, "features"), [.. row.Pixels], 1, 1, 4, 4))];
        EmbeddingModel features = EmbeddingModel.Load(file, SmallGraphs.Input, "features");
        EmbeddingModel other = EmbeddingModel.Load(file, SmallGraphs.Input, "other");

        // The column has the name of the other output, which must step aside.
        using ImageEmbeddingTransformer embedder = _ml.MetricLearning.EmbedImages("other", features, "Pixels").Fit(view);
        using var zip = new TemporaryFile(".zip");
        _ml.Model.Save(embedder, view.Schema, zip.Path);
        ITransformer stock = new MLContext().Model.Load(zip.Path, out _);
        ITransformer again = _ml.MetricLearning.Load(zip.Path, out _);
        EmbeddingModel named = EmbeddingModel.Load(features.WithVerificationThreshold(1, "pairs").ToArray());

        Assert.That((features.Dimension, other.Dimension, named.Dimension), Is.EqualTo((4, 10, 4)));
        Assert.That(features.Identity, Is.Not.EqualTo(other.Identity), "embeddings of the one are not to be compared with those of the other");
        Assert.That(named.Identity, Is.EqualTo(features.Identity));
        Assert.That(SmallNetwork.Embeddings(embedder.Transform(view), "other"), Is.EqualTo(expected).Within(1e-3f));
        Assert.That(SmallNetwork.Embeddings(stock.Transform(view), "other"), Is.EqualTo(expected).Within(1e-3f));
        Assert.That(SmallNetwork.Embeddings(again.Transform(view), "other"), Is.EqualTo(expected).Within(1e-3f));
    }

    [Test]
    public void A_name_that_is_not_an_output_or_not_an_embedding_is_refused()
    {
        byte[] tokens = SmallGraphs.Write(0, [4, 4], (b, x) => b.Node("Reshape", [x, b.Initializer("shape", [0L, 4, 4], 3)]));

        Assert.That(
            () => EmbeddingModel.Load(Two(), SmallGraphs.Input, "feature"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("outputName").And.Message.Contains("'features'"));
        Assert.That(
            () => EmbeddingModel.Load(OnnxModelFile.WithMetadata(Two(), new Dictionary<string, string> { [EmbeddingMetadata.Output] = "feature" }), SmallGraphs.Input),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("siamese.output"));
        Assert.That(
            () => EmbeddingModel.Load(tokens, SmallGraphs.Input, "embedding"),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("(N, 4, 4)"));
        Assert.That(
            () => EmbeddingModel.Load(tokens, SmallGraphs.Input), Throws.TypeOf<InvalidDataException>().With.Message.Contains("(N, 4, 4)"));
    }

    [Test]
    public void A_face_network_of_two_outputs_takes_the_one_that_is_named()
    {
        using var file = new TemporaryFile(".onnx");
        File.WriteAllBytes(file.Path, Two());
        var network = new FaceNetwork("small", SmallGraphs.Input, FaceTemplate.ArcFace.ScaleTo(4, 4), DistanceMetric.Euclidean);

        Assert.That(network.Load(file.Path, "features").Dimension, Is.EqualTo(4));
        Assert.That(FaceModel.Load(file.Path, network, "other").Dimension, Is.EqualTo(10));
        Assert.That(() => network.Load(file.Path), Throws.TypeOf<InvalidDataException>().With.Message.Contains("'features'"));
    }

    [TestCase(0, new long[] { 4, 1, 1 })]
    [TestCase(1, new long[] { 4, 1, 1 })]
    [TestCase(0, new long[] { 1, 4 })]
    [TestCase(1, new long[] { 1, 1, 4, 1 })]
    public void Dimensions_of_one_beside_the_components_are_taken_and_saved_as_MLNET_has_them(int declaredRows, long[] shape)
    {
        byte[] file = SmallGraphs.Write(
            declaredRows, shape, (b, x) => b.Node("Reshape", [SmallGraphs.Dense(b, x, 4), b.Initializer("shape", [-1L, .. shape], shape.Length + 1)]));
        ImageRow[] rows = SmallNetwork.Rows(9);
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        EmbeddingModel model = EmbeddingModel.Load(file, SmallGraphs.Input);
        using TransformerChain<ITransformer> chain = _ml.MetricLearning.EmbedImages("Embedding", model, "Pixels")
            .Append<ITransformer>(_ml.Transforms.NormalizeLpNorm("Features", "Embedding")).Fit(view);
        using var zip = new TemporaryFile(".zip");
        _ml.Model.Save(chain, view.Schema, zip.Path);
        ITransformer stock = new MLContext().Model.Load(zip.Path, out _);

        Assert.That(model.Dimension, Is.EqualTo(4));
        Assert.That(SmallNetwork.Embeddings(chain.Transform(view)), Is.EqualTo(SmallGraphs.Alone(file, rows)).Within(1e-3f));
        Assert.That(SmallNetwork.Embeddings(stock.Transform(view), "Features"), Is.EqualTo(SmallNetwork.Embeddings(chain.Transform(view), "Features")).Within(1e-6f));
        Assert.That(chain.GetOutputSchema(view.Schema)["Embedding"].Type, Is.EqualTo(stock.GetOutputSchema(view.Schema)["Embedding"].Type));
    }

    [Test]
    public void A_network_whose_output_declares_no_shape_can_be_saved()
    {
        byte[] file = SmallGraphs.Edit(
            SmallGraphs.Write(0, [4], (b, x) => SmallGraphs.Dense(b, x, 4)), graph => graph.Output[0].Type.TensorType.Shape = null);

        AssertSaves(file, 1e-3f);
    }

    [Test]
    public void A_network_of_half_precision_inside_can_be_saved_and_one_that_takes_it_is_refused()
    {
        const int HalfPrecision = 10;
        byte[] file = SmallGraphs.Edit(
            SmallGraphs.Write(0, [4], (b, x) => b.Node(
                "Cast",
                [b.Node("MatMul", [b.Node("Cast", [b.Node("Flatten", [x])], OnnxAttribute.Int("to", HalfPrecision)), b.Initializer("weights", SmallGraphs.Weights(4), 16, 4)])],
                OnnxAttribute.Int("to", 1))),
            graph =>
            {
                TensorProto weights = graph.Initializer.Single(tensor => tensor.Name == "weights");
                weights.FloatData.Clear();
                weights.DataType = HalfPrecision;
                weights.RawData = ByteString.CopyFrom([.. SmallGraphs.Weights(4).SelectMany(weight => BitConverter.GetBytes((Half)weight))]);
            });
        byte[] takesIt = SmallGraphs.Edit(
            SmallGraphs.Write(0, [16], (b, x) => b.Node("Cast", [b.Node("Flatten", [x])], OnnxAttribute.Int("to", 1))),
            graph => graph.Input[0].Type.TensorType.ElemType = HalfPrecision);

        AssertSaves(file, 1f);
        Assert.That(
            () => EmbeddingModel.Load(takesIt, SmallGraphs.Input),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("Float16").And.Message.Contains("float32"));
    }

    [Test]
    public void Weights_in_another_file_are_called_that()
    {
        byte[] file = SmallGraphs.Edit(SmallGraphs.Write(0, [4], (b, x) => SmallGraphs.Dense(b, x, 4)), graph =>
        {
            TensorProto weights = graph.Initializer[0];
            weights.FloatData.Clear();
            weights.RawData = ByteString.Empty;
            weights.DataLocation = TensorProto.Types.DataLocation.External;
            weights.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "weights.bin" });
        });

        Assert.That(
            () => EmbeddingModel.Load(file, SmallGraphs.Input),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("external data").And.Message.Contains("weights.bin"));
    }

    private static byte[] Two(string other = "other")
    {
        var builder = new OnnxGraphBuilder("two outputs");
        string features = SmallGraphs.Dense(builder, builder.Input("image", 1, 4, 4), 4);
        builder.Output(builder.Node("MatMul", [features, builder.Initializer("classes", SmallGraphs.Weights(4).AsSpan(0, 40), 4, 10)]), other, 10);
        builder.Output(features, "features", 4);
        return builder.ToArray();
    }

    private static byte[] WithOnly(byte[] file, string output) => SmallGraphs.Edit(file, graph =>
    {
        ValueInfoProto kept = graph.Output.Single(info => info.Name == output);
        graph.Output.Clear();
        graph.Output.Add(kept);
    });

    private void AssertSaves(byte[] file, float tolerance)
    {
        ImageRow[] rows = SmallNetwork.Rows(9);
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        using ImageEmbeddingTransformer embedder = _ml.MetricLearning.EmbedImages("Embedding", EmbeddingModel.Load(file, SmallGraphs.Input), "Pixels").Fit(view);
        using var zip = new TemporaryFile(".zip");
        _ml.Model.Save(embedder, view.Schema, zip.Path);

        float[][] expected = SmallGraphs.Alone(file, rows);
        Assert.That(SmallNetwork.Embeddings(embedder.Transform(view)), Is.EqualTo(expected).Within(tolerance));
        Assert.That(SmallNetwork.Embeddings(new MLContext().Model.Load(zip.Path, out _).Transform(view)), Is.EqualTo(expected).Within(tolerance));
        Assert.That(SmallNetwork.Embeddings(_ml.MetricLearning.Load(zip.Path, out _).Transform(view)), Is.EqualTo(expected).Within(tolerance));
    }
}
