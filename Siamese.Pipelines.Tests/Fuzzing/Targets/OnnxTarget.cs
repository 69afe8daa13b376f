using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>Loads networks, and embeds an image where one could be loaded.</summary>
internal sealed class OnnxTarget : FuzzTarget
{
    public override string Name => "onnx";

    public override int UsualCount => 3000;

    public override byte[] Input(int number)
    {
        var random = new Random(number);
        byte[] input = Seeds[random.Next(Seeds.Length)];
        if (random.Next(4) == 0)
        {
            return ByteMutator.Mutate(input, Seeds, random);
        }

        for (int change = random.Next(1, 4); change > 0; change--)
        {
            input = ProtobufMutator.Mutate(input, random);
        }

        return input;
    }

    public override void Read(byte[] input, string folder)
    {
        EmbeddingModel model = input.Length % 2 == 0 ? EmbeddingModel.Load(input) : EmbeddingModel.Load(input, new ImageInput(4, 4, ColorOrder.Grayscale));
        using ImageEmbedder embedder = model.CreateEmbedder();
        embedder.Embed(new float[model.Input.Length]);
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        var input = new ImageInput(4, 4, ColorOrder.Grayscale) { Mean = [10], Scale = [0.5f] };
        yield return SmallNetwork.Bytes(input, metadata =>
        {
            EmbeddingMetadata.WriteInput(metadata, input);
            metadata[EmbeddingMetadata.Distance] = "Cosine";
            metadata[EmbeddingMetadata.VerificationThreshold] = "0.5";
        });

        var convolution = new OnnxGraphBuilder("convolution");
        string image = convolution.Input("image", 1, 4, 4);
        string features = convolution.Node("Conv", [image, convolution.Initializer("kernel", new float[2 * 9], 2, 1, 3, 3)], OnnxAttribute.Ints("pads", 1, 1, 1, 1));
        string pooled = convolution.Node("GlobalAveragePool", [convolution.Node("Relu", [features])]);
        string flat = convolution.Node("Reshape", [pooled, convolution.Initializer("shape", [0L, 2L], 2)]);
        string filled = convolution.Node("ConstantOfShape", [convolution.Node("Shape", [flat])]);
        convolution.Output(convolution.Node("Concat", [convolution.Node("Add", [flat, filled]), flat], OnnxAttribute.Int("axis", 1)), "embedding", 4);
        EmbeddingMetadata.WriteInput(convolution.Metadata, new ImageInput(4, 4, ColorOrder.Grayscale));
        yield return convolution.ToArray();
    }
}
