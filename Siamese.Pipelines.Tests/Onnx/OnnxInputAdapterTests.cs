using Google.Protobuf;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Tests.Onnx;

public sealed class OnnxInputAdapterTests
{
    [Test]
    public void Luma_is_the_integer_of_integer_arithmetic_for_every_one_of_a_million_pixels()
    {
        const int Side = 1024;
        byte[] adapted = OnnxInputAdapter.Adapt(Seen(1, Side, Side), new ImageInput(Side, Side, ColorOrder.Grayscale), fromRgb: true);
        var random = new Random(1);
        float[] pixels = new float[3 * Side * Side];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = random.Next(256);
        }

        // The corners of the colour cube too: the largest sum is the one closest to 2^24.
        for (int corner = 0; corner < 8; corner++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                pixels[(channel * Side * Side) + corner] = ((corner >> channel) & 1) * 255;
            }
        }

        float[] luma = OnnxRun.Run(adapted, pixels, 1, 3, Side, Side);

        Assert.That(luma, Has.Length.EqualTo(Side * Side));
        int wrong = Enumerable.Range(0, luma.Length).Count(i => luma[i] != Luma(pixels, i, Side * Side));
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public void Bgr_takes_red_green_blue_and_each_channel_its_own_mean_and_scale()
    {
        var input = new ImageInput(1, 2, ColorOrder.Bgr) { Mean = [10, 20, 30], Scale = [1, 2, 0.5f] };

        byte[] adapted = OnnxInputAdapter.Adapt(Seen(3, 2, 1), input, fromRgb: true);

        // Red 100 and 101, green 110 and 111, blue 120 and 121; a second row of zeros.
        float[] seen = OnnxRun.Run(adapted, [100, 101, 110, 111, 120, 121, 0, 0, 0, 0, 0, 0], 2, 3, 2, 1);
        Assert.That(seen, Is.EqualTo(new float[] { 110, 111, 180, 182, 35, 35.5f, -10, -10, -40, -40, -15, -15 }));
    }

    [Test]
    public void Pixels_in_the_networks_own_order_are_only_centered_and_scaled()
    {
        var input = new ImageInput(2, 1, ColorOrder.Grayscale) { Mean = [127.5f], Scale = [1 / 127.5f] };

        byte[] adapted = OnnxInputAdapter.Adapt(Seen(1, 1, 2), input, fromRgb: false);

        Assert.That(OnnxRun.Run(adapted, [0, 255], 1, 1, 1, 2), Is.EqualTo(new float[] { -1, 1 }));
        Assert.That(OnnxModelFile.Parse(adapted).Graph.Node.Count(node => node.OpType == "Gather"), Is.Zero);
    }

    [TestCase(ColorOrder.Rgb, true)]
    [TestCase(ColorOrder.Bgr, false)]
    [TestCase(ColorOrder.Grayscale, false)]
    public void A_network_of_pixels_as_they_are_is_left_as_it_is(ColorOrder order, bool fromRgb)
    {
        var input = new ImageInput(2, 2, order);
        byte[] model = Seen(input.Channels, 2, 2);

        Assert.That(OnnxInputAdapter.Adapt(model, input, fromRgb), Is.SameAs(model));
    }

    [Test]
    public void The_input_keeps_its_name_and_a_graph_inside_a_node_sees_the_adapted_value()
    {
        // If "flag" then the pixels, else the pixels negated: both branches take the pixels from the graph around them.
        ModelProto model = OnnxModelFile.Parse(Seen(1, 1, 2));
        model.Graph.Initializer.Add(new TensorProto { Name = "flag", DataType = (int)OnnxElementType.Boolean, Int32Data = { 0 } });
        model.Graph.Node.Clear();
        model.Graph.Node.Add(new NodeProto
        {
            OpType = "If",
            Input = { "flag" },
            Output = { "seen" },
            Attribute = { Branch("then_branch", "Identity"), Branch("else_branch", "Neg") },
        });
        var input = new ImageInput(2, 1, ColorOrder.Grayscale) { Mean = [1], Scale = [10] };

        byte[] adapted = OnnxInputAdapter.Adapt(model.ToByteArray(), input, fromRgb: true);

        Assert.That(OnnxModelFile.Parse(adapted).Graph.Input.Single().Name, Is.EqualTo("pixels"));
        Assert.That(OnnxRun.Run(adapted, [7, 8, 7, 8, 7, 8], 1, 3, 1, 2), Is.EqualTo(new float[] { -60, -70 }));
    }

    [Test]
    public void A_model_of_an_early_format_whose_constants_are_inputs_is_adapted()
    {
        ModelProto model = OnnxModelFile.Parse(Seen(1, 1, 2));
        model.IrVersion = 3;
        model.OpsetImport[0].Version = 8;
        model.Graph.Initializer.Add(
            new TensorProto { Name = "one", DataType = (int)OnnxElementType.Float32, Dims = { 1 }, FloatData = { 1 } });
        model.Graph.Input.Add(new ValueInfoProto
        {
            Name = "one",
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor
                {
                    ElemType = (int)OnnxElementType.Float32,
                    Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimValue = 1 } } },
                },
            },
        });
        model.Graph.Node[0].OpType = "Add";
        model.Graph.Node[0].Input.Add("one");
        model.Graph.Node[0].Attribute.Clear();

        byte[] adapted = OnnxInputAdapter.Adapt(
            model.ToByteArray(), new ImageInput(2, 1, ColorOrder.Grayscale) { Scale = [2] }, fromRgb: true);

        Assert.That(OnnxRun.Run(adapted, [7, 8, 7, 8, 7, 8], 1, 3, 1, 2), Is.EqualTo(new float[] { 15, 17 }));
    }

    [Test]
    public void An_input_of_another_size_is_refused_with_both()
    {
        Assert.That(
            () => OnnxInputAdapter.Adapt(Seen(3, 2, 4), new ImageInput(2, 2), fromRgb: true),
            Throws.TypeOf<InvalidDataException>()
                .With.Message.Contains("(any, 3, 2, 4)").And.Message.Contains("(any, 3, 2, 2)").And.Message.Contains("'pixels'"));
        Assert.That(
            () => OnnxInputAdapter.Adapt(Seen(3, 2, 2), new ImageInput(2, 2, ColorOrder.Grayscale), fromRgb: true),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("2x2 Grayscale"));
    }

    [Test]
    public void A_model_of_several_inputs_or_old_operators_is_refused()
    {
        var two = new OnnxGraphBuilder("two");
        two.Output(two.Node("Add", [two.Input("a", 1, 2, 2), two.Input("b", 1, 2, 2)]), "sum", 1, 2, 2);
        ModelProto old = OnnxModelFile.Parse(Seen(3, 2, 2));
        old.OpsetImport[0].Version = 6;

        Assert.That(
            () => OnnxInputAdapter.Adapt(two.ToArray(), new ImageInput(2, 2, ColorOrder.Grayscale), fromRgb: false),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("2 inputs ('a', 'b')"));
        Assert.That(
            () => OnnxInputAdapter.Adapt(old.ToByteArray(), new ImageInput(2, 2) { Scale = [2] }, fromRgb: false),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("opset 6"));
    }

    private static int Luma(float[] pixels, int index, int plane) =>
        ((19595 * (int)pixels[index]) + (38470 * (int)pixels[plane + index]) + (7471 * (int)pixels[(2 * plane) + index]) + 32768) >> 16;

    // A "network" that gives what it sees.
    private static byte[] Seen(int channels, int height, int width)
    {
        var builder = new OnnxGraphBuilder("seen");
        string pixels = builder.Input("pixels", channels, height, width);
        builder.Output(builder.Node("Identity", [pixels]), "seen", channels, height, width);
        return builder.ToArray();
    }

    private static AttributeProto Branch(string name, string operatorType) => new()
    {
        Name = name,
        Type = AttributeProto.Types.AttributeType.Graph,
        G = new GraphProto
        {
            Name = name,
            Node = { new NodeProto { OpType = operatorType, Input = { "pixels" }, Output = { $"{name}_value" } } },
            Output =
            {
                new ValueInfoProto
                {
                    Name = $"{name}_value",
                    Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)OnnxElementType.Float32 } },
                },
            },
        },
    };
}
