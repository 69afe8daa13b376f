using PureHDF;

namespace Siamese.Pipelines.Tests.Training.Weights;

/// <summary>Weights of a narrow VGG-16 of images of 64x64, and weight files of Keras's form.</summary>
internal static class KerasWeights
{
    public const int Side = 64;
    public const int Descriptor = 6;
    public const int Classes = 5;

    // The plane behind the last pooling: dense layers must know that TensorFlow runs over its places first.
    private const int Plane = Side / 32;

    /// <summary>Draws weights of a size that lets the values neither die out nor grow.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="wider">The factor of the convolutions' channels.</param>
    /// <param name="largestBias">Biases are of [0, this).</param>
    public static List<Layer> Draw(int seed, int wider = 1, double largestBias = 1)
    {
        var random = new Random(seed);
        int[] widths = [3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7];
        List<Layer> layers = [];
        int inputs = 3;
        foreach (int width in widths.Select(width => width * wider))
        {
            layers.Add(Of($"block_{layers.Count}", [3, 3, inputs, width]));
            inputs = width;
        }

        layers.Add(Of("fc1", [Plane * Plane * inputs, Descriptor]));
        layers.Add(Of("fc2", [Descriptor, Descriptor]));
        layers.Add(Of("predictions", [Descriptor, Classes]));
        return layers;

        Layer Of(string name, int[] shape)
        {
            int fan = shape.Aggregate(1, (product, size) => product * size) / shape[^1];
            return new Layer(
                name,
                shape,
                [.. Enumerable.Range(0, fan * shape[^1]).Select(_ => (float)(((2 * random.NextDouble()) - 1) * Math.Sqrt(6.0 / fan)))],
                [.. Enumerable.Range(0, shape[^1]).Select(_ => (float)(random.NextDouble() * largestBias))]);
        }
    }

    /// <summary>Gives the dense layers the form of convolutions, as VGG-Face has them: the same values.</summary>
    public static List<Layer> AsConvolutions(List<Layer> layers) =>
    [
        .. layers[..13],
        layers[13] with { Shape = [Plane, Plane, layers[13].Shape[0] / (Plane * Plane), Descriptor] },
        .. layers[14..].Select(layer => layer with { Shape = [1, 1, .. layer.Shape] }),
    ];

    /// <summary>Writes a weight file, with layers that have no weights between the others; nested as in a whole model where asked for.</summary>
    public static string Write(string path, IReadOnlyList<Layer> layers, bool nested = false)
    {
        var weights = new H5Group();
        List<string> names = [];
        foreach (Layer layer in layers)
        {
            string kernel = $"{layer.Name}_kernel";
            string bias = $"{layer.Name}_bias";
            weights[layer.Name] = new H5Group
            {
                [kernel] = new H5Dataset(layer.Kernel, fileDims: [.. layer.Shape.Select(size => (ulong)size)]),
                [bias] = new H5Dataset(layer.Bias),
                Attributes = new() { ["weight_names"] = new[] { kernel, bias } },
            };

            // As h5py writes an empty list.
            weights[$"{layer.Name}_relu"] = new H5Group { Attributes = new() { ["weight_names"] = Array.Empty<double>() } };
            names.Add(layer.Name);
            names.Add($"{layer.Name}_relu");
        }

        weights.Attributes["layer_names"] = names.ToArray();
        var file = new H5File();
        if (nested)
        {
            file["model_weights"] = weights;
        }
        else
        {
            foreach ((string name, object group) in weights)
            {
                file[name] = group;
            }

            file.Attributes["layer_names"] = names.ToArray();
        }

        file.Write(path);
        return path;
    }

    /// <summary>Writes a file of the size of VGG-Face's with drawn weights, one layer in memory at a time.</summary>
    public static void WriteFullSize(string path, int seed)
    {
        int[][] shapes =
        [
            [3, 3, 3, 64], [3, 3, 64, 64], [3, 3, 64, 128], [3, 3, 128, 128], [3, 3, 128, 256], [3, 3, 256, 256], [3, 3, 256, 256],
            [3, 3, 256, 512], [3, 3, 512, 512], [3, 3, 512, 512], [3, 3, 512, 512], [3, 3, 512, 512], [3, 3, 512, 512],
            [7, 7, 512, 4096], [1, 1, 4096, 4096], [1, 1, 4096, 2622],
        ];
        var random = new Random(seed);
        var file = new H5File();
        List<(H5Dataset<float[]> Kernel, H5Dataset<float[]> Bias, int[] Shape)> layers = [];
        foreach (int[] shape in shapes)
        {
            string name = $"layer_{layers.Count}";
            var kernel = new H5Dataset<float[]>([.. shape.Select(size => (ulong)size)]);
            var bias = new H5Dataset<float[]>([(ulong)shape[^1]]);
            file[name] = new H5Group
            {
                ["kernel"] = kernel,
                ["bias"] = bias,
                Attributes = new() { ["weight_names"] = new[] { "kernel", "bias" } },
            };
            layers.Add((kernel, bias, shape));
        }

        file.Attributes["layer_names"] = layers.Select((_, i) => $"layer_{i}").ToArray();
        using H5NativeWriter writer = file.BeginWrite(path);
        foreach ((H5Dataset<float[]> kernel, H5Dataset<float[]> bias, int[] shape) in layers)
        {
            int fan = shape[0] * shape[1] * shape[2];
            var values = new float[fan * shape[^1]];
            float range = MathF.Sqrt(6f / fan);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = range * ((2 * random.NextSingle()) - 1);
            }

            writer.Write(kernel, values);
            writer.Write(bias, new float[shape[^1]]);
        }
    }

    /// <summary>A layer of a weight file.</summary>
    public sealed record Layer(string Name, int[] Shape, float[] Kernel, float[] Bias);
}
