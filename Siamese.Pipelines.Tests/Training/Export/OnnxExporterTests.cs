using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Onnx.Format;
using Siamese.Pipelines.Tests.Onnx;
using Siamese.Training.Export;
using Siamese.Training.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Export;

public sealed class OnnxExporterTests
{
    // float32 rounding of sums over a few dozen products of values near 1.
    private const float Tolerance = 1e-5f;

    private static IEnumerable<TestCaseData> Layers()
    {
        yield return Layer("conv", [2, 7, 6], () => nn.Conv2d(2, 5, 3));
        yield return Layer("conv without bias, padded, strided", [3, 9, 8], () => nn.Conv2d(3, 4, 3, stride: 2, padding: 1, bias: false));
        yield return Layer("conv dilated", [2, 9, 9], () => nn.Conv2d(2, 3, 3, dilation: 2));
        yield return Layer("conv in groups", [4, 6, 6], () => nn.Conv2d(4, 8, 3, groups: 2));
        yield return Layer("conv depthwise", [4, 6, 6], () => nn.Conv2d(4, 4, 3, padding: 1, groups: 4));
        yield return Layer("conv oblong", [2, 9, 8], () => nn.Conv2d(2, 3, (3, 5), (2, 1), (1, 2), (1, 1)));
        yield return Layer("conv same, odd kernel", [2, 6, 7], () => nn.Conv2d(2, 3, 3, Padding.Same));
        yield return Layer("conv same, even kernel", [2, 6, 7], () => nn.Conv2d(2, 3, 4, Padding.Same));
        yield return Layer("conv same, oblong and dilated", [2, 9, 9], () => nn.Conv2d(2, 3, (2, 3), Padding.Same, dilation: (3, 2)));
        yield return Layer("conv valid", [2, 6, 7], () => nn.Conv2d(2, 3, 3, Padding.Valid));
        yield return Layer("conv reflecting nothing", [2, 6, 7], () => nn.Conv2d(2, 3, 3, padding_mode: PaddingModes.Reflect));
        yield return Layer("linear", [6], () => nn.Linear(6, 4));
        yield return Layer("linear without bias", [6], () => nn.Linear(6, 4, hasBias: false));
        yield return Layer("linear on the last of three dimensions", [5, 6], () => nn.Linear(6, 4));
        yield return Layer("linear on the last of four dimensions", [2, 3, 6], () => nn.Linear(6, 4, hasBias: false));
        yield return Layer("batch norm of planes", [3, 4, 4], () => nn.BatchNorm2d(3));
        yield return Layer("batch norm of planes, not affine", [3, 4, 4], () => nn.BatchNorm2d(3, eps: 0.1, affine: false));
        yield return Layer("batch norm of vectors", [6], () => nn.BatchNorm1d(6));
        yield return Layer("batch norm of series", [6, 5], () => nn.BatchNorm1d(6));
        yield return Layer("relu", [3, 4, 4], () => nn.ReLU());
        yield return Layer("relu in place", [3, 4, 4], () => nn.ReLU(inplace: true));
        yield return Layer("leaky relu", [7], () => nn.LeakyReLU(0.2));
        yield return Layer("prelu of one slope", [3, 4, 4], () => nn.PReLU(1));
        yield return Layer("prelu of planes", [3, 4, 4], () => nn.PReLU(3));
        yield return Layer("prelu of vectors", [5], () => nn.PReLU(5));
        yield return Layer("sigmoid", [5], () => nn.Sigmoid());
        yield return Layer("tanh", [5], () => nn.Tanh());
        yield return Layer("softmax of channels", [3, 4, 4], () => nn.Softmax(1));
        yield return Layer("softmax of the last dimension", [3, 4, 4], () => nn.Softmax(-1));
        yield return Layer("dropout", [5], () => nn.Dropout(0.5));
        yield return Layer("dropout of planes", [3, 4, 4], () => nn.Dropout2d(0.5));
        yield return Layer("identity", [3, 4, 4], () => nn.Identity());
        yield return Layer("max pool", [2, 7, 6], () => nn.MaxPool2d(2));
        yield return Layer("max pool padded", [2, 7, 6], () => nn.MaxPool2d(3, stride: 2, padding: 1));
        yield return Layer("max pool dilated", [2, 9, 9], () => nn.MaxPool2d(3, stride: 1, dilation: 2));
        yield return Layer("max pool oblong", [2, 9, 9], () => nn.MaxPool2d((2, 3), (2, 1)));
        yield return Layer("max pool by arrays", [2, 9, 9], () => nn.MaxPool2d([3L]));
        yield return Layer("average pool", [2, 7, 6], () => nn.AvgPool2d(2));
        yield return Layer("average pool padded", [2, 7, 6], () => nn.AvgPool2d(3, stride: 2, padding: 1));
        yield return Layer(
            "average pool padded, not counted", [2, 7, 6], () => nn.AvgPool2d(3, stride: 2, padding: 1, count_include_pad: false));
        yield return Layer("global average pool", [3, 5, 4], () => nn.AdaptiveAvgPool2d(1));
        yield return Layer("flatten", [3, 5, 4], () => nn.Flatten());
        yield return Layer("flatten to a named last dimension", [3, 5, 4], () => nn.Flatten(1, 3));
        yield return Layer("l2 normalization", [6], () => new L2Normalization());
        yield return Layer("l2 normalization of planes", [3, 2, 2], () => new L2Normalization());
        yield return Layer("residual", [3, 5, 5], () => new Residual(nn.Conv2d(3, 3, 3, padding: 1)));
        yield return Layer(
            "residual with shortcut and activation",
            [3, 5, 5],
            () => new Residual(nn.Conv2d(3, 4, 3, stride: 2, padding: 1), nn.Conv2d(3, 4, 1, stride: 2), nn.PReLU(4)));
        yield return Layer(
            "concatenation", [3, 5, 5], () => new Concatenation(("narrow", nn.Conv2d(3, 2, 1)), ("wide", nn.Conv2d(3, 4, 3, padding: 1))));
        yield return Layer("a module of the user's own", [3, 4, 4], () => new Gated(3));
        yield return Layer(
            "names that stand twice",
            [6],
            () => nn.Sequential(("a", nn.Linear(6, 6)), ("a", nn.Linear(6, 6)), ("image", nn.ReLU()), ("embedding", nn.Tanh())));
    }

    private static IEnumerable<TestCaseData> RoundedUpPools()
    {
        (int, int, int)[] windows = [(2, 2, 0), (3, 2, 0), (3, 2, 1), (2, 3, 1), (2, 4, 1), (3, 4, 1), (4, 3, 2)];
        foreach (int size in new[] { 5, 6, 7, 8, 9, 10 })
        {
            foreach ((int kernel, int stride, int padding) in windows)
            {
                string name = $"of {size} by {kernel}, stride {stride}, padding {padding}, rounded up";
                yield return Layer($"max pool {name}", [2, size, size + 1], () => nn.MaxPool2d(kernel, stride, padding, ceil_mode: true));
                yield return Layer(
                    $"average pool {name}", [2, size, size + 1], () => nn.AvgPool2d(kernel, stride, padding, ceil_mode: true));
                yield return Layer(
                    $"average pool {name}, padding not counted",
                    [2, size, size + 1],
                    () => nn.AvgPool2d(kernel, stride, padding, ceil_mode: true, count_include_pad: false));
            }
        }

        yield return Layer("max pool dilated, rounded up", [2, 8, 9], () => nn.MaxPool2d(3, 2, 1, dilation: 2, ceil_mode: true));
    }

    [TestCaseSource(nameof(Layers))]
    [TestCaseSource(nameof(RoundedUpPools))]
    public void A_layer_gives_in_the_runtime_what_it_gives_in_torch(long[] shape, Func<nn.Module<Tensor, Tensor>> make)
    {
        using nn.Module<Tensor, Tensor> layer = make().Randomized(seed: 3);
        using Tensor rows = SeededNetwork.Rows(4, [5, .. shape]);

        byte[] onnx = OnnxExporter.Export(layer, shape);

        Assert.That(OnnxExporter.Verify(onnx, layer, rows), Is.LessThanOrEqualTo(Tolerance));
    }

    [Test]
    public void A_batch_norm_is_folded_into_what_it_follows_and_gives_the_same()
    {
        using Sequential network = Normalized().Randomized(seed: 5);
        using Tensor rows = SeededNetwork.Rows(6, 5, 2, 6, 6);

        byte[] folded = OnnxExporter.Export(network, [2, 6, 6]);
        byte[] whole = OnnxExporter.Export(network, [2, 6, 6], new() { FoldBatchNormalization = false });

        // The last one follows an activation, so it stays.
        Assert.That(Operators(folded), Is.EqualTo(new[] { "Conv", "Relu", "Flatten", "Gemm", "Relu", "BatchNormalization" }));
        Assert.That(Operators(whole).Count(operation => operation == "BatchNormalization"), Is.EqualTo(3));
        Assert.That(OnnxExporter.Verify(folded, network, rows), Is.LessThanOrEqualTo(Tolerance));
        Assert.That(OnnxExporter.Verify(whole, network, rows), Is.LessThanOrEqualTo(Tolerance));
    }

    [Test]
    public void A_batch_norm_of_series_is_not_folded_into_a_linear_layer_whose_outputs_are_another_dimension()
    {
        using Sequential network = nn.Sequential(("linear", nn.Linear(4, 3)), ("bn", nn.BatchNorm1d(3))).Randomized(seed: 5);
        using Tensor rows = SeededNetwork.Rows(6, 5, 3, 4);

        byte[] onnx = OnnxExporter.Export(network, [3, 4]);

        Assert.That(OnnxExporter.Verify(onnx, network, rows), Is.LessThanOrEqualTo(Tolerance));
    }

    [Test]
    public void Nodes_and_weights_are_named_by_their_modules_paths()
    {
        using Sequential network = nn.Sequential(
            ("stem", nn.Conv2d(1, 2, 3)),
            ("stage", nn.Sequential(("block", new Residual(nn.Sequential(("conv", nn.Conv2d(2, 2, 1))), activation: nn.ReLU())))));

        GraphProto graph = OnnxModelFile.Parse(OnnxExporter.Export(network, [1, 4, 4])).Graph;

        Assert.That(
            graph.Node.Select(node => node.Name),
            Is.EqualTo(new[] { "stem.Conv", "stage.block.body.conv.Conv", "stage.block.Add", "stage.block.activation.Relu" }));
        Assert.That(graph.Initializer.Select(tensor => tensor.Name), Is.EquivalentTo(network.state_dict().Keys));
    }

    [Test]
    public void The_input_is_centered_and_scaled_and_the_embedding_normalized_inside_the_graph()
    {
        var options = new OnnxExportOptions
        {
            InputName = "pixels",
            OutputName = "vector",
            InputMean = [100, 120, 140],
            InputScale = [1 / 64f],
            Normalize = true,
            Metadata = new Dictionary<string, string> { ["siamese.dimension"] = "4" },
        };
        using Sequential network = nn.Sequential(("flatten", nn.Flatten()), ("dense", nn.Linear(12, 4))).Randomized(seed: 7);
        using Tensor pixels = SeededNetwork.Rows(8, 5, 3, 2, 2) * 50 + 128;

        byte[] onnx = OnnxExporter.Export(network, [3, 2, 2], options);

        ModelProto model = OnnxModelFile.Parse(onnx);
        Assert.That(model.IrVersion, Is.EqualTo(8));
        Assert.That(model.OpsetImport.Single().Version, Is.EqualTo(17));
        Assert.That(model.Graph.Input.Single().Name, Is.EqualTo("pixels"));
        Assert.That(model.Graph.Output.Single().Name, Is.EqualTo("vector"));
        Assert.That(OnnxModelFile.ReadMetadata(onnx)["siamese.dimension"], Is.EqualTo("4"));
        Assert.That(OnnxExporter.Verify(onnx, network, pixels, options), Is.LessThanOrEqualTo(Tolerance));
        float[] embedding = OnnxRun.Run(onnx, [.. Enumerable.Range(0, 12).Select(i => i * 20f)], 1, 3, 2, 2);
        Assert.That(embedding.Sum(component => component * component), Is.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void An_embedding_of_zeros_stays_zeros_when_normalized()
    {
        using Sequential network = nn.Sequential(("relu", nn.ReLU()), ("norm", new L2Normalization()));

        byte[] inside = OnnxExporter.Export(network, [3]);
        byte[] behind = OnnxExporter.Export(network, [3], new() { Normalize = true });

        Assert.That(OnnxRun.Run(inside, [-1, -2, -3, 3, 4, 0], 2, 3), Is.EqualTo(new[] { 0, 0, 0, 0.6f, 0.8f, 0 }).Within(1e-6f));
        Assert.That(OnnxRun.Run(behind, [-1, -2, -3], 1, 3), Is.EqualTo(new float[] { 0, 0, 0 }));
    }

    [Test]
    public void A_module_that_cannot_be_exported_is_refused_by_its_path_and_type()
    {
        using Sequential network = nn.Sequential(
            nn.Conv2d(1, 2, 3), nn.ReLU(), new Residual(nn.Sequential(nn.Conv2d(2, 2, 1), nn.Mish())));

        Assert.That(
            () => OnnxExporter.Export(network, [1, 4, 4]),
            Throws.TypeOf<NotSupportedException>()
                .With.Message.Contains("'2.body.1'")
                .And.Message.Contains("TorchSharp.Modules.Mish")
                .And.Message.Contains("Siamese.Training.Export.IOnnxExportable"));
        Assert.That(
            () => OnnxExporter.Export(nn.Mish(), [1, 4, 4]),
            Throws.TypeOf<NotSupportedException>().With.Message.StartsWith("The network of type TorchSharp.Modules.Mish"));
    }

    private static IEnumerable<TestCaseData> Unsupported()
    {
        yield return Refusal("Reflect", [1, 5, 5], () => nn.Conv2d(1, 2, 3, padding: 1, padding_mode: PaddingModes.Reflect));
        yield return Refusal("running statistics", [3, 5, 5], () => nn.BatchNorm2d(3, track_running_stats: false));
        yield return Refusal("2x2", [3, 4, 4], () => nn.AdaptiveAvgPool2d(2));
        yield return Refusal("divisor_override", [3, 4, 4], () => nn.AvgPool2d(2, divisor_override: 3));
        yield return Refusal("dimensions 2 to -1", [3, 4, 4], () => nn.Flatten(2));
        yield return Refusal("dimensions 0 to -1", [3, 4, 4], () => nn.Flatten(0));
        yield return Refusal("dimension 0", [3], () => nn.Softmax(0));
        yield return Refusal("dimension 0", [3], () => nn.Softmax(-2));
        yield return Refusal("dilated and rounds", [2, 12, 13], () => nn.MaxPool2d(2, 3, 1, dilation: 4, ceil_mode: true));
        yield return Refusal("not known to the exporter", [3], () => new Reversed());
    }

    [TestCaseSource(nameof(Unsupported))]
    public void A_layer_whose_meaning_onnx_lacks_is_refused(string reason, long[] shape, Func<nn.Module<Tensor, Tensor>> make)
    {
        using Sequential network = nn.Sequential(("layer", make()));

        Assert.That(
            () => OnnxExporter.Export(network, shape),
            Throws.TypeOf<NotSupportedException>()
                .With.Message.StartsWith("Module 'layer' of type")
                .And.Message.Contains(reason));
    }

    [Test]
    public void A_shape_that_a_layer_does_not_take_is_refused_with_that_shape()
    {
        using Sequential network = nn.Sequential(("flatten", nn.Flatten()), ("dense", nn.Linear(12, 4)));

        Assert.That(
            () => OnnxExporter.Export(network, [3, 5, 5]),
            Throws.ArgumentException
                .With.Message.Contains("'dense'").And.Message.Contains("(1, 75)").And.Message.Contains("(1, 3, 5, 5)"));
        Assert.That(() => OnnxExporter.Export(network, []), Throws.ArgumentException.With.Property("ParamName").EqualTo("inputShape"));
        Assert.That(
            () => OnnxExporter.Export(network, [3, 2, 2], new() { InputMean = [1, 2] }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("options").And.Message.Contains("InputMean has 2 values"));
    }

    [Test]
    public void A_module_that_names_a_value_which_is_not_there_is_refused_by_its_path()
    {
        using Sequential network = nn.Sequential(("mistaken", new Mistaken()));

        Assert.That(
            () => OnnxExporter.Export(network, [3]),
            Throws.InvalidOperationException.With.Message.Contains("'mistaken'").And.Message.Contains("'nowhere'"));
    }

    [Test]
    public void A_node_that_the_runtime_does_not_know_is_refused_where_its_shape_is_needed()
    {
        using Sequential network = nn.Sequential(("invented", new Invented()), ("slope", nn.PReLU(3)));

        Assert.That(
            () => OnnxExporter.Export(network, [3]),
            Throws.InvalidOperationException
                .With.Message.Contains("'invented.Nonsense'").And.InnerException.Message.Contains("Nonsense"));
    }

    [Test]
    public void Equal_weights_give_equal_bytes()
    {
        using Sequential first = Normalized().Randomized(seed: 9);
        using Sequential second = Normalized().Randomized(seed: 9);
        using Sequential other = Normalized().Randomized(seed: 10);

        byte[] bytes = OnnxExporter.Export(first, [2, 6, 6]);

        Assert.That(bytes.SequenceEqual(OnnxExporter.Export(first, [2, 6, 6])), Is.True);
        Assert.That(bytes.SequenceEqual(OnnxExporter.Export(second, [2, 6, 6])), Is.True);
        Assert.That(bytes.SequenceEqual(OnnxExporter.Export(other, [2, 6, 6])), Is.False);
    }

    [Test]
    public void Every_module_keeps_the_mode_it_was_in_even_when_the_export_fails()
    {
        // As when a part is frozen: the network trains, one of its modules does not.
        using Sequential network = Normalized().Randomized(seed: 11);
        network.train();
        ((BatchNorm2d)network[1]).eval();
        bool[] before = [network.training, .. network.modules().Select(module => module.training)];
        byte[] statistics = ((BatchNorm2d)network[1]).running_mean!.bytes.ToArray();
        using Tensor rows = SeededNetwork.Rows(12, 3, 2, 6, 6);

        byte[] onnx = OnnxExporter.Export(network, [2, 6, 6]);
        OnnxExporter.Verify(onnx, network, rows);
        Assert.That(() => OnnxExporter.Export(network, [2, 7, 7]), Throws.ArgumentException);

        Assert.That(before, Does.Contain(true).And.Contains(false));
        bool[] after = [network.training, .. network.modules().Select(module => module.training)];
        Assert.That(after, Is.EqualTo(before));
        Assert.That(((BatchNorm2d)network[1]).running_mean!.bytes.ToArray(), Is.EqualTo(statistics));
    }

    [Test]
    public void Verify_sees_a_weight_that_differs()
    {
        using Linear network = nn.Linear(2, 1, hasBias: false);
        using Linear other = nn.Linear(2, 1, hasBias: false);
        using (no_grad())
        {
            network.weight.copy_(tensor(new float[,] { { 1, 2 } }));
            other.weight.copy_(tensor(new float[,] { { 1, 2.5f } }));
        }

        using Tensor rows = tensor(new float[,] { { 1, 1 }, { 1, 3 }, { 1, -2 } });

        Assert.That(OnnxExporter.Verify(OnnxExporter.Export(other, [2]), network, rows), Is.EqualTo(1.5f));
    }

    [Test]
    public void Verify_gives_nan_where_a_network_does_and_refuses_no_rows()
    {
        using Linear network = nn.Linear(1, 1);
        using Tensor rows = tensor(new float[,] { { float.NaN }, { 1 } });
        using Tensor none = zeros(0, 1);
        byte[] onnx = OnnxExporter.Export(network, [1]);

        Assert.That(OnnxExporter.Verify(onnx, network, rows), Is.NaN);
        Assert.That(
            () => OnnxExporter.Verify(onnx, network, none),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("rows").And.Message.Contains("(0, 1)"));
    }

    [Test]
    public void Verify_leaves_the_rows_alone()
    {
        using Sequential network = nn.Sequential(("relu", nn.ReLU(inplace: true)));
        using Tensor rows = tensor(new float[,] { { -1, 2 } });

        OnnxExporter.Verify(OnnxExporter.Export(network, [2]), network, rows);

        Assert.That(rows.data<float>().ToArray(), Is.EqualTo(new float[] { -1, 2 }));
    }

    [Test]
    public void A_network_of_doubles_is_exported_as_floats()
    {
        using Sequential network = nn.Sequential(("dense", nn.Linear(3, 2)), ("bn", nn.BatchNorm1d(2))).Randomized(seed: 13);
        network.to(float64);
        using Tensor rows = SeededNetwork.Rows(14, 4, 3);

        byte[] onnx = OnnxExporter.Export(network, [3]);

        Assert.That(OnnxExporter.Verify(onnx, network, rows), Is.LessThanOrEqualTo(Tolerance));
    }

    [Test]
    public void The_file_runs_in_a_pipeline_of_ml_net()
    {
        using Sequential network = Normalized().Randomized(seed: 15);
        using Tensor rows = SeededNetwork.Rows(16, 3, 2, 6, 6);
        string folder = Directory.CreateTempSubdirectory("siamese-export").FullName;
        try
        {
            string path = Path.Combine(folder, "network.onnx");
            File.WriteAllBytes(path, OnnxExporter.Export(network, [2, 6, 6]));
            var ml = new MLContext(seed: 1);
            float[] values = rows.data<float>().ToArray();
            IDataView data = ml.Data.LoadFromEnumerable(values.Chunk(72).Select(row => new Row { Image = row }));
            var shapes = new Dictionary<string, int[]> { ["image"] = [-1, 2, 6, 6], ["embedding"] = [-1, 4] };

            using var transformer = ml.Transforms
                .ApplyOnnxModel(["embedding"], ["image"], path, shapes, null, false, 100)
                .Fit(data);
            float[] found = [.. transformer.Transform(data).GetColumn<float[]>("embedding").SelectMany(row => row)];

            network.eval();
            using Tensor expected = network.call(rows);
            Assert.That(found, Is.EqualTo(expected.data<float>().ToArray()).Within(Tolerance));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Sequential Normalized() => nn.Sequential(
        ("conv", nn.Conv2d(2, 3, 3)),
        ("bn1", nn.BatchNorm2d(3)),
        ("relu1", nn.ReLU()),
        ("dropout", nn.Dropout(0.3)),
        ("flatten", nn.Flatten()),
        ("dense", nn.Linear(48, 4, hasBias: false)),
        ("bn2", nn.BatchNorm1d(4)),
        ("relu2", nn.ReLU()),
        ("bn3", nn.BatchNorm1d(4)));

    private static string[] Operators(byte[] onnx) => [.. OnnxModelFile.Parse(onnx).Graph.Node.Select(node => node.OpType)];

    private static TestCaseData Refusal(string reason, long[] shape, Func<nn.Module<Tensor, Tensor>> make) =>
        new TestCaseData(reason, shape, make).SetArgDisplayNames(reason);

    private static TestCaseData Layer(string name, long[] shape, Func<nn.Module<Tensor, Tensor>> make) =>
        new TestCaseData(shape, make).SetArgDisplayNames(name);

    private sealed class Row
    {
        [ColumnName("image"), VectorType(72)]
        public float[] Image { get; set; } = [];
    }

    /// <summary>Runs its children from the last to the first, which a Sequential does not.</summary>
    private sealed class Reversed() : Sequential(("first", nn.ReLU()), ("second", nn.Tanh()))
    {
        public override Tensor forward(Tensor tensor) => this[0].call(this[1].call(tensor));
    }

    private sealed class Mistaken() : nn.Module<Tensor, Tensor>(nameof(Mistaken)), IOnnxExportable
    {
        public override Tensor forward(Tensor input) => input.alias();

        string IOnnxExportable.Export(OnnxExportContext context, string input) => "nowhere";
    }

    private sealed class Invented() : nn.Module<Tensor, Tensor>(nameof(Invented)), IOnnxExportable
    {
        public override Tensor forward(Tensor input) => input.alias();

        string IOnnxExportable.Export(OnnxExportContext context, string input) => context.Node("Nonsense", [input]);
    }

    /// <summary>Multiplies the input by a gate that is computed from it, as squeeze-and-excitation does.</summary>
    private sealed class Gated : nn.Module<Tensor, Tensor>, IOnnxExportable
    {
        private readonly Sequential gate;
        private readonly nn.Module<Tensor, Tensor> slope;
        private readonly Tensor offset = tensor(0.25f);

        public Gated(int channels)
            : base(nameof(Gated))
        {
            gate = nn.Sequential(("pool", nn.AdaptiveAvgPool2d(1)), ("conv", nn.Conv2d(channels, channels, 1)), ("sigmoid", nn.Sigmoid()));
            slope = nn.PReLU(channels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => slope.call((input * gate.call(input)) + offset);

        string IOnnxExportable.Export(OnnxExportContext context, string input)
        {
            string product = context.Node("Mul", [input, context.Export(nameof(gate), gate, input)]);
            string sum = context.Node("Add", [product, context.Initializer(nameof(offset), offset)]);
            return context.Export(nameof(slope), slope, sum);
        }
    }
}
