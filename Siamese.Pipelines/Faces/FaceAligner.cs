using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Warps a face to the chip that a network takes: the similarity that brings its landmarks to a template, bilinear, black outside.</summary>
public sealed class FaceAligner
{
    private readonly System.Numerics.Vector2[] _targets;

    /// <summary>Initializes an aligner.</summary>
    /// <param name="template">The chip.</param>
    public FaceAligner(FaceTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        Template = template;
        _targets = template.Landmarks.ToArray();
    }

    /// <summary>Gets the chip's size and the places of the landmarks in it.</summary>
    public FaceTemplate Template { get; }

    /// <summary>Cuts a face out.</summary>
    /// <param name="image">The picture that the landmarks are of.</param>
    /// <param name="landmarks">The face's landmarks in the picture's pixels.</param>
    /// <returns>The chip, of the template's size, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The landmarks all lie in one place, or one is not finite.</exception>
    /// <remarks>
    /// Each pixel of the chip is a mean of the four around its place in the picture; a large face is not smoothed before it is shrunk, as
    /// the networks' own chips are not.
    /// </remarks>
    public MLImage Align(MLImage image, FaceLandmarks landmarks)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Align(FacePicture.Read(image), landmarks);
    }

    /// <summary>Cuts a face out.</summary>
    /// <param name="picture">The picture that the landmarks are of.</param>
    /// <param name="landmarks">The face's landmarks in the picture's pixels.</param>
    /// <returns>The chip, of the template's size, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The landmarks all lie in one place, or one is not finite.</exception>
    public MLImage Align(FacePicture picture, FaceLandmarks landmarks)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(landmarks);
        return AlignPixels(picture, landmarks).ToImage();
    }

    /// <summary>Makes a chip of a whole picture, set in the middle of a black square and resized; for what is a face already.</summary>
    /// <param name="image">The picture.</param>
    /// <returns>The chip, of the template's size, which the caller disposes.</returns>
    public MLImage Whole(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return WholePixels(FacePicture.Read(image)).ToImage();
    }

    internal FacePicture AlignPixels(FacePicture picture, FaceLandmarks landmarks)
    {
        SimilarityTransform transform = SimilarityTransform.Between(landmarks.ToArray(), _targets);
        int width = Template.Width;
        int height = Template.Height;
        int plane = width * height;
        var chip = new byte[3 * plane];
        ReadOnlySpan<byte> source = picture.Planes;
        int sourcePlane = picture.Width * picture.Height;
        for (int v = 0; v < height; v++)
        {
            for (int u = 0; u < width; u++)
            {
                (double x, double y) = transform.Invert(u, v);
                if (!(x > -1 && y > -1 && x < picture.Width && y < picture.Height))
                {
                    continue;
                }

                int left = (int)Math.Floor(x);
                int top = (int)Math.Floor(y);
                double right = x - left;
                double below = y - top;
                for (int channel = 0; channel < 3; channel++)
                {
                    ReadOnlySpan<byte> values = source.Slice(channel * sourcePlane, sourcePlane);
                    double upper = ((1 - right) * Pixel(values, left, top, picture)) + (right * Pixel(values, left + 1, top, picture));
                    double lower = ((1 - right) * Pixel(values, left, top + 1, picture)) + (right * Pixel(values, left + 1, top + 1, picture));
                    chip[(channel * plane) + (v * width) + u] = (byte)Math.Round(((1 - below) * upper) + (below * lower), MidpointRounding.AwayFromZero);
                }
            }
        }

        return FacePicture.Of(width, height, chip);
    }

    internal FacePicture WholePixels(FacePicture picture) =>
        picture.CutSquare(0, 0, picture.Width, picture.Height).Resize(Template.Width, Template.Height);

    // Each of the four pixels is black by itself where it lies outside.
    private static byte Pixel(ReadOnlySpan<byte> plane, int x, int y, FacePicture picture) =>
        (uint)x < (uint)picture.Width && (uint)y < (uint)picture.Height ? plane[(y * picture.Width) + x] : (byte)0;
}
