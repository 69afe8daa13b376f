using Microsoft.ML;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Tests.Onnx;

public sealed class OnnxBatchRunnerTests
{
    private const int Components = 4;

    private readonly MLContext _ml = new(seed: 1);

    // Each gives a row something else where other rows stand beside it.
    private static readonly Dictionary<string, Func<OnnxGraphBuilder, string, string>> Mixing = new()
    {
        ["the length of all rows"] = (b, x) => Of(Dense(b, x), e => b.Node("Div", [e, b.Node("ReduceL2", [e])])),
        ["the greatest of all rows"] = (b, x) => Of(Dense(b, x), e => b.Node("Div", [e, b.Node("ReduceMax", [e])])),
        ["the darkest pixel of all rows"] = (b, x) => b.Node("Add", [Dense(b, x), b.Node("ReduceMin", [x], OnnxAttribute.Int("keepdims", 0))]),
        ["a softmax over the rows"] = (b, x) => b.Node("Softmax", [Dense(b, x)], OnnxAttribute.Int("axis", 0)),
        ["a running sum over the rows"] = (b, x) => b.Node("CumSum", [Dense(b, x), b.Initializer("axis", [0L], 1)]),
        ["the first row"] = (b, x) => b.Node("Gather", [Dense(b, x), b.Initializer("first", [0L], 1)]),
        ["a class token of one row"] = (b, x) => b.Node(
            "ReduceMean",
            [b.Node("Concat", [b.Initializer("token", [1f, 2, 3, 4], 1, 1, 4), b.Node("Reshape", [x, b.Initializer("tokens", [0L, 4, 4], 3)])], OnnxAttribute.Int("axis", 1))],
            OnnxAttribute.Ints("axes", 1),
            OnnxAttribute.Int("keepdims", 0)),
        ["all rows as the columns of one"] = (b, x) => b.Node(
            "Add",
            [Dense(b, x), b.Node("ReduceMean", [b.Node("Reshape", [x, b.Initializer("quarters", [4L, -1], 2)])], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 0))]),
    };

    private static IEnumerable<TestCaseData> MixingNetworks =>
        from name in Mixing.Keys from rows in new[] { 0, 1 } select new TestCaseData(name, rows);

    [TestCaseSource(nameof(MixingNetworks))]
    public void A_row_gets_what_it_gets_alone_where_the_network_mixes_rows(string network, int declaredRows)
    {
        byte[] file = SmallGraphs.Write(declaredRows, [Components], Mixing[network]);
        ImageRow[] rows = SmallNetwork.Rows(23);

        Assert.That(Embed(file, rows), Is.EqualTo(SmallGraphs.Alone(file, rows)).Within(1e-3f));
    }

    // Exporters write the shape of a Reshape in many ways.
    private static readonly Dictionary<string, Action<GraphProto>> Shapes = new()
    {
        ["an initializer"] = _ => { },
        ["zero meaning zero"] = graph => Reshape(graph).Attribute.Add(OnnxAttribute.Int("allowzero", 1).Proto),
        ["value_ints"] = graph => InPlaceOfShape(graph, new NodeProto { OpType = "Constant", Output = { "shape" }, Attribute = { OnnxAttribute.Ints("value_ints", 1, 16).Proto } }),
        ["an identity"] = graph => InPlaceOfShape(graph, new NodeProto { OpType = "Identity", Input = { "other" }, Output = { "shape" } }, ("other", [1, 16])),
        ["parts put together"] = graph => InPlaceOfShape(
            graph,
            new NodeProto { OpType = "Concat", Input = { "one", "rest" }, Output = { "shape" }, Attribute = { OnnxAttribute.Int("axis", 0).Proto } },
            ("one", [1]),
            ("rest", [16])),
    };

    [TestCaseSource(nameof(ShapeNames))]
    public void A_network_that_reshapes_its_one_row_runs_on_any_number_of_them(string shape)
    {
        byte[] file = SmallGraphs.Edit(
            SmallGraphs.Write(1, [Components], (b, x) => Dense(b, b.Node("Reshape", [x, b.Initializer("shape", [1L, 16], 2)]))), Shapes[shape]);
        ImageRow[] rows = SmallNetwork.Rows(23);

        float[][] expected = SmallGraphs.Alone(file, rows);
        Assert.That(Embed(file, rows), Is.EqualTo(expected).Within(1e-3f));
        Assert.That(Embed(file, rows, batchSize: 1), Is.EqualTo(expected).Within(1e-3f));
        float[] together = OnnxRun.Run(OnnxBatchAxis.Free(file), [.. rows.SelectMany(row => row.Pixels)], rows.Length, 1, 4, 4);
        Assert.That(together.Chunk(Components), Is.EqualTo(expected).Within(1e-3f), "the rewritten file takes them at once");
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(15)]
    public void A_network_of_batches_of_four_gets_four_rows_at_a_time(int count)
    {
        static string Nodes(OnnxGraphBuilder b, string x) => Dense(b, b.Node("Reshape", [x, b.Initializer("shape", [4L, 16], 2)]));
        ImageRow[] rows = SmallNetwork.Rows(count);
        byte[] free = SmallGraphs.Write(0, [Components], Dense);

        float[][] found = Embed(SmallGraphs.Write(4, [Components], Nodes), rows);

        Assert.That(found, Is.EqualTo(SmallGraphs.Alone(free, rows)).Within(1e-3f));
    }

    [TestCase("the length of all rows")]
    [TestCase("a softmax over the rows")]
    [TestCase("a running sum over the rows")]
    public void A_network_of_batches_of_four_that_mixes_them_is_refused(string network)
    {
        byte[] file = SmallGraphs.Write(4, [Components], Mixing[network]);

        Assert.That(
            () => Embed(file, SmallNetwork.Rows(4)),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("exactly 4 rows and mixes them").And.Message.Contains("Export it"));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4)]
    public void A_network_that_draws_random_numbers_is_not_taken_for_one_that_mixes_rows(int declaredRows)
    {
        byte[] file = SmallGraphs.Write(
            declaredRows, [Components], (b, x) => Of(Dense(b, x), e => b.Node("Add", [e, b.Node("RandomNormalLike", [e])])));

        Assert.That(Embed(file, SmallNetwork.Rows(9)), Has.Length.EqualTo(9));
    }

    [Test]
    public void A_network_of_batches_of_four_says_when_it_is_saved_that_plain_MLNET_cannot_run_it()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(4));
        EmbeddingModel model = EmbeddingModel.Load(SmallGraphs.Write(4, [Components], Dense), SmallGraphs.Input);
        using ImageEmbeddingTransformer embedder = _ml.MetricLearning.EmbedImages("Embedding", model, "Pixels").Fit(view);
        using var stream = new MemoryStream();

        Assert.That(() => _ml.Model.Save(embedder, view.Schema, stream), Throws.InvalidOperationException.With.Message.Contains("4 rows"));
    }

    [Test]
    public void A_number_of_rows_that_shows_only_in_a_large_batch_is_got_round()
    {
        // More than 20 rows are cut off.
        byte[] file = SmallGraphs.Write(
            0, [Components], (b, x) => b.Node("Slice", [Dense(b, x), b.Initializer("from", [0L], 1), b.Initializer("to", [20L], 1), b.Initializer("axis", [0L], 1)]));
        ImageRow[] rows = SmallNetwork.Rows(300);

        Assert.That(Embed(file, rows), Is.EqualTo(SmallGraphs.Alone(file, rows)).Within(1e-3f));
    }

    [Test]
    public void The_hidden_layer_of_a_network_that_mixes_rows_is_that_of_the_row_alone()
    {
        byte[] file = SmallGraphs.Write(1, [Components], (b, x) =>
        {
            string hidden = Mixing["the length of all rows"](b, x);
            return b.Node("MatMul", [b.Node("Relu", [hidden]), b.Initializer("last", [.. SmallGraphs.Weights(1)], 4, 4)]);
        });
        IDataView view = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(9));
        using ImageEmbeddingTransformer embedder = _ml.MetricLearning.EmbedImages(
            "Embedding", EmbeddingModel.Load(file, SmallGraphs.Input), "Pixels", new() { HiddenColumnName = "Hidden" }).Fit(view);

        float[][] hidden = SmallNetwork.Embeddings(embedder.Transform(view), "Hidden");

        Assert.That(hidden.Select(row => row.Sum(value => value * value)), Is.All.EqualTo(1).Within(1e-4));
    }

    [Test]
    public void The_embedder_and_a_saved_chain_keep_rows_apart_too()
    {
        byte[] file = SmallGraphs.Write(1, [Components], Mixing["the length of all rows"]);
        ImageRow[] rows = SmallNetwork.Rows(9);
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        EmbeddingModel model = EmbeddingModel.Load(file, SmallGraphs.Input);
        float[][] expected = SmallGraphs.Alone(file, rows);
        using var zip = new TemporaryFile(".zip");
        using (ImageEmbeddingTransformer embedder = _ml.MetricLearning.EmbedImages("Embedding", model, "Pixels").Fit(view))
        {
            _ml.Model.Save(embedder, view.Schema, zip.Path);
        }

        using ImageEmbedder alone = model.CreateEmbedder();
        Assert.That(alone.Embed([.. rows.SelectMany(row => row.Pixels)]).Chunk(Components), Is.EqualTo(expected).Within(1e-5f));
        Assert.That(SmallNetwork.Embeddings(_ml.Model.Load(zip.Path, out _).Transform(view)), Is.EqualTo(expected).Within(1e-5f));
        Assert.That(SmallNetwork.Embeddings(_ml.MetricLearning.Load(zip.Path, out _).Transform(view)), Is.EqualTo(expected).Within(1e-5f));
    }

    private static IEnumerable<string> ShapeNames => Shapes.Keys;

    private static string Of(string value, Func<string, string> nodes) => nodes(value);

    private static string Dense(OnnxGraphBuilder builder, string image) => SmallGraphs.Dense(builder, image, Components);

    private static NodeProto Reshape(GraphProto graph) => graph.Node.Single(node => node.OpType == "Reshape");

    private static void InPlaceOfShape(GraphProto graph, NodeProto maker, params (string Name, long[] Values)[] initializers)
    {
        graph.Initializer.Remove(graph.Initializer.Single(tensor => tensor.Name == "shape"));
        foreach ((string name, long[] values) in initializers)
        {
            graph.Initializer.Add(new TensorProto { Name = name, DataType = (int)OnnxElementType.Int64, Dims = { values.Length }, Int64Data = { values } });
        }

        graph.Node.Insert(0, maker);
    }

    private float[][] Embed(byte[] file, ImageRow[] rows, int? batchSize = null)
    {
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        using ImageEmbeddingTransformer embedder = _ml.MetricLearning.EmbedImages(
            "Embedding", EmbeddingModel.Load(file, SmallGraphs.Input), "Pixels", new() { Scoring = new() { BatchSize = batchSize } }).Fit(view);
        return SmallNetwork.Embeddings(embedder.Transform(view));
    }
}
