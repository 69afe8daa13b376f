using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Faces;

/// <summary>Small pictures whose faces can be read off: a pixel of red 255 is the corner of a face, green its score, blue its side.</summary>
internal static class DrawnFaces
{
    public const int Width = 12;
    public const int Height = 10;

    /// <summary>A chip of 4 x 4 that shows the very pixels from a face's corner on.</summary>
    public static FaceTemplate Template { get; } = new(4, 4, new FaceLandmarks(new(1, 1), new(3, 1), new(2, 2), new(1, 3), new(3, 3)));

    public static FaceModel Model() =>
        new(SmallNetwork.Create(ColorOrder.Rgb), new FaceNetwork("Small", new ImageInput(4, 4), Template, DistanceMetric.Euclidean));

    /// <summary>Noise below 250 with faces drawn into it.</summary>
    public static byte[] Pixels(int seed, params (int X, int Y, byte Score, byte Side)[] faces)
    {
        var random = new Random(seed);
        byte[] pixels = [.. Enumerable.Range(0, 4 * Width * Height).Select(i => i % 4 == 3 ? byte.MaxValue : (byte)random.Next(250))];
        foreach ((int x, int y, byte score, byte side) in faces)
        {
            new byte[] { byte.MaxValue, score, side }.CopyTo(pixels, 4 * ((y * Width) + x));
        }

        return pixels;
    }

    public static MLImage Image(int seed, params (int X, int Y, byte Score, byte Side)[] faces) =>
        MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Rgba32, Pixels(seed, faces));

    /// <summary>Rows of pictures with one face each, at another place in each.</summary>
    public static DrawnRow[] Rows(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new DrawnRow { Image = Image(i, (i % 5, i % 4, 200, 4)), Name = $"picture {i}" })];

    public static IDataView View(MLContext ml, int count) => ml.Data.LoadFromEnumerable(Rows(count));

    public sealed class DrawnRow
    {
        [ImageType(Height, Width)]
        public MLImage? Image { get; set; }

        public string Name { get; set; } = string.Empty;
    }
}
