using System.Numerics;

namespace Siamese.Pipelines.Faces;

/// <summary>Where the five landmarks stand in the chip that a face network takes.</summary>
/// <remarks>Two of them are equal when all their values are.</remarks>
public sealed record FaceTemplate
{
    // dlib's mean face, in the square that its 68 landmarks span: the eyes are the means of their six points.
    private static readonly FaceLandmarks DlibMeanFace = new(
        new Vector2(0.2255f, 0.2160f), new Vector2(0.7548f, 0.2160f), new Vector2(0.4901f, 0.5156f), new Vector2(0.2541f, 0.7802f), new Vector2(0.7261f, 0.7802f));

    /// <summary>Initializes a template.</summary>
    /// <param name="width">Pixels across in the chip, at least 1.</param>
    /// <param name="height">Pixels down in the chip, at least 1.</param>
    /// <param name="landmarks">The places of the landmarks, in pixels of the chip.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is less than 1.</exception>
    public FaceTemplate(int width, int height, FaceLandmarks landmarks)
    {
        ArgumentNullException.ThrowIfNull(landmarks);
        Width = Guard.AtLeast(width, 1, nameof(width));
        Height = Guard.AtLeast(height, 1, nameof(height));
        Landmarks = landmarks;
    }

    /// <summary>Gets dlib's face chip of 150 x 150 pixels: its mean face with a padding of 0.25.</summary>
    public static FaceTemplate Dlib { get; } = MeanFace(150, 0.25f);

    /// <summary>Gets the chip of 112 x 112 pixels of ArcFace and the networks after it.</summary>
    /// <remarks>J. Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition, 2019; the points of its code.</remarks>
    public static FaceTemplate ArcFace { get; } = new(112, 112, new FaceLandmarks(
        new Vector2(38.2946f, 51.6963f),
        new Vector2(73.5318f, 51.5014f),
        new Vector2(56.0252f, 71.7366f),
        new Vector2(41.5493f, 92.3655f),
        new Vector2(70.7299f, 92.2041f)));

    /// <summary>Gets the pixels across in the chip.</summary>
    public int Width { get; }

    /// <summary>Gets the pixels down in the chip.</summary>
    public int Height { get; }

    /// <summary>Gets the places of the landmarks, in pixels of the chip.</summary>
    public FaceLandmarks Landmarks { get; }

    /// <summary>Makes a square template of dlib's mean face with a margin.</summary>
    /// <param name="side">Pixels across and down.</param>
    /// <param name="padding">
    /// The margin on each side, as a fraction of the square from the brows to the chin that the landmarks span: 0.25 is dlib's own chip, 0.5
    /// shows the whole head, as the loose boxes do that older networks were trained on.
    /// </param>
    /// <returns>The template: a point p of the mean face stands at (p + padding) / (1 + 2 padding) × side.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The side is less than 1, or the padding negative.</exception>
    public static FaceTemplate MeanFace(int side, float padding)
    {
        Guard.AtLeast(padding, 0f, nameof(padding));
        Vector2 Place(Vector2 point) => (point + new Vector2(padding)) / (1 + (2 * padding)) * side;
        return new FaceTemplate(side, side, new FaceLandmarks(
            Place(DlibMeanFace.LeftEye),
            Place(DlibMeanFace.RightEye),
            Place(DlibMeanFace.NoseTip),
            Place(DlibMeanFace.LeftMouthCorner),
            Place(DlibMeanFace.RightMouthCorner)));
    }

    /// <summary>Gives the same chip in another size.</summary>
    /// <param name="width">Pixels across, at least 1.</param>
    /// <param name="height">Pixels down, as many times the width as here.</param>
    /// <returns>The template: every landmark stands at the same fraction of the chip.</returns>
    /// <exception cref="ArgumentException">The chip would be squeezed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is less than 1.</exception>
    public FaceTemplate ScaleTo(int width, int height)
    {
        Guard.AtLeast(width, 1, nameof(width));
        Guard.AtLeast(height, 1, nameof(height));
        if ((long)width * Height != (long)height * Width)
        {
            throw new ArgumentException(
                $"A chip of {Width}x{Height} pixels cannot become one of {width}x{height}: the face would be squeezed. Give a size of the same proportions.",
                nameof(height));
        }

        float scale = (float)width / Width;
        return new FaceTemplate(width, height, new FaceLandmarks(
            Landmarks.LeftEye * scale,
            Landmarks.RightEye * scale,
            Landmarks.NoseTip * scale,
            Landmarks.LeftMouthCorner * scale,
            Landmarks.RightMouthCorner * scale));
    }
}
