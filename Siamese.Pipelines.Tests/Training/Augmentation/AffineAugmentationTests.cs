using Siamese.Training.Augmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Augmentation;

public sealed class AffineAugmentationTests
{
    // Bilinear weights are 0 or 1 but for float32's rounding of coordinates.
    private const double Tolerance = 1e-5;

    private static readonly AffineMap Identity = new(ShiftX: 0, ShiftY: 0, Rotation: 0, Scale: 1, Shear: 0);

    [Test]
    public void A_shift_by_whole_pixels_moves_the_picture_right_and_down()
    {
        float[,] picture = { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } };

        float[] moved = Move(picture, Identity with { ShiftX = 1 / 4.0, ShiftY = 1 / 2.0 });

        Assert.That(moved, Is.EqualTo(new float[] { 0, 0, 0, 0, 0, 1, 2, 3 }).Within(Tolerance));
    }

    [Test]
    public void A_shift_by_half_a_pixel_averages_neighbours()
    {
        float[,] picture = { { 2, 4, 8, 6 } };

        Assert.That(Move(picture, Identity with { ShiftX = -1 / 8.0 }), Is.EqualTo(new float[] { 3, 6, 7, 3 }).Within(Tolerance));
    }

    [Test]
    public void A_rotation_of_90_degrees_turns_the_picture_counter_clockwise()
    {
        float[,] picture = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } };

        Assert.That(
            Move(picture, Identity with { Rotation = 90 }),
            Is.EqualTo(new float[] { 3, 6, 9, 2, 5, 8, 1, 4, 7 }).Within(Tolerance));
    }

    [Test]
    public void A_rotation_keeps_the_shape_of_what_is_in_a_picture_wider_than_high()
    {
        // Around the middle pixel: 1 to its right goes above it, 2 above it goes to its left.
        float[,] picture = { { 0, 0, 2, 0, 0 }, { 0, 0, 3, 1, 0 }, { 0, 0, 0, 0, 0 } };

        Assert.That(
            Move(picture, Identity with { Rotation = 90 }),
            Is.EqualTo(new float[] { 0, 0, 1, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0 }).Within(Tolerance));
    }

    [Test]
    public void A_scale_of_two_spreads_the_picture_from_its_centre()
    {
        float[,] picture = { { 0, 0, 0, 0, 0 }, { 0, 1, 2, 3, 0 }, { 0, 4, 5, 6, 0 }, { 0, 7, 8, 9, 0 }, { 0, 0, 0, 0, 0 } };

        float[] moved = Move(picture, Identity with { Scale = 2 });

        Assert.That(
            new[] { moved[0], moved[2], moved[4], moved[10], moved[12], moved[14], moved[20], moved[22], moved[24] },
            Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }).Within(Tolerance));
    }

    [Test]
    public void A_shear_of_one_moves_each_row_by_its_distance_from_the_centre()
    {
        float[,] picture = { { 0, 1, 0 }, { 0, 2, 0 }, { 0, 3, 0 } };

        Assert.That(
            Move(picture, Identity with { Shear = 1 }),
            Is.EqualTo(new float[] { 1, 0, 0, 0, 2, 0, 0, 0, 3 }).Within(Tolerance));
    }

    [Test]
    public void Shear_comes_before_rotation_and_shift_comes_last()
    {
        float[,] picture = { { 0, 1, 0 }, { 0, 2, 0 }, { 0, 3, 0 } };

        // Sheared: the diagonal from 1 at the upper left to 3 at the lower right. Turned: 1 is at the lower left. Shifted by one.
        Assert.That(
            Move(picture, new AffineMap(ShiftX: 1 / 3.0, ShiftY: 0, Rotation: 90, Scale: 1, Shear: 1)),
            Is.EqualTo(new float[] { 0, 0, 0, 0, 0, 2, 0, 1, 0 }).Within(Tolerance));
    }

    [Test]
    public void Apply_moves_each_picture_by_its_own_map_and_its_channels_together()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = rand(2, 3, 9, 7, generator: new Generator(1));
        AffineMap[] maps = [Identity with { ShiftX = 2 / 7.0 }, new(0.1, -0.2, 25, 0.9, 0.1)];

        Tensor moved = AffineAugmentation.Move(images, maps);

        for (int i = 0; i < 2; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                Tensor alone = AffineAugmentation.Move(images[i, channel].view(1, 1, 9, 7), maps.AsSpan(i, 1));
                Assert.That((moved[i, channel] - alone).abs().max().item<float>(), Is.LessThan(Tolerance));
            }
        }
    }

    [Test]
    public void Move_agrees_with_the_definition_pixel_by_pixel([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        float[,] picture = new float[11, 8];
        for (int i = 0; i < picture.Length; i++)
        {
            picture[i / 8, i % 8] = random.NextSingle();
        }

        var map = new AffineMap(
            ShiftX: (random.NextDouble() - 0.5) / 2,
            ShiftY: (random.NextDouble() - 0.5) / 2,
            Rotation: random.Next(-180, 181),
            Scale: 0.5 + random.NextDouble(),
            Shear: random.NextDouble());

        float[] moved = Move(picture, map);

        for (int y = 0; y < 11; y++)
        {
            for (int x = 0; x < 8; x++)
            {
                Assert.That(moved[(y * 8) + x], Is.EqualTo(Reference(picture, map, x, y)).Within(1e-4), $"x {x}, y {y}");
            }
        }
    }

    [Test]
    public void Apply_with_no_limits_gives_a_copy()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = rand([2, 1, 5, 5], requires_grad: true);

        Tensor copy = new AffineAugmentation { Shift = 0, Rotation = 0, Scale = 0, Shear = 0 }.Apply(images, new Random(1));

        Assert.That(copy.Equals(images), Is.True);
        Assert.That(copy.requires_grad, Is.False);
        copy.zero_();
        Assert.That(images.sum().item<float>(), Is.Positive);
    }

    [Test]
    public void The_identity_changes_no_pixel()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = rand(1, 1, 28, 28, generator: new Generator(1));

        Assert.That((AffineAugmentation.Move(images, [Identity]) - images).abs().max().item<float>(), Is.LessThan(Tolerance));
    }

    [Test]
    public void Apply_moves_alike_with_an_equal_seed_and_each_picture_differently()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = rand(1, 1, 12, 12, generator: new Generator(1)).repeat(4, 1, 1, 1);
        var augmentation = new AffineAugmentation();

        Tensor first = augmentation.Apply(images, new Random(5));
        Tensor again = augmentation.Apply(images, new Random(5));
        Tensor other = augmentation.Apply(images, new Random(6));

        Assert.That(again.Equals(first), Is.True);
        Assert.That(other.Equals(first), Is.False);
        Assert.That(first[0].Equals(first[1]), Is.False);
    }

    [Test]
    public void Apply_stays_within_its_limits([Range(1, 10)] int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = zeros(200, 1, 1, 21);
        images[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Colon, 10] = 1;

        // The weight's centre of a point that moves by up to a fifth of 21 pixels, along the row alone.
        var augmentation = new AffineAugmentation { Shift = 0.2, Rotation = 0, Scale = 0, Shear = 0 };
        Tensor moved = augmentation.Apply(images, new Random(seed));
        Tensor sums = moved.sum([1, 2, 3]);
        float[] centres = ((moved * arange(21)).sum([1, 2, 3]) / sums)[sums > 0.01].data<float>().ToArray();

        Assert.That(centres, Is.All.InRange(10 - 4.21, 10 + 4.21));
        Assert.That(centres.Max() - centres.Min(), Is.GreaterThan(7));
    }

    [Test]
    public void Apply_leaves_no_tensor_behind([Values(0, 0.1)] double shift)
    {
        using Tensor images = zeros(2, 1, 5, 5);
        var augmentation = new AffineAugmentation { Shift = shift, Rotation = 0, Scale = 0, Shear = 0 };

        Assert.That(TensorLeaks.Count(() => augmentation.Apply(images, new Random(1))), Is.Zero);
    }

    [Test]
    public void Apply_refuses_what_are_no_images()
    {
        using Tensor matrix = zeros(28, 28);
        using Tensor bytes = zeros([1, 1, 28, 28], dtype: uint8);

        Assert.That(
            () => new AffineAugmentation().Apply(matrix, new Random(1)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("images").And.Message.Contains("(28, 28)"));
        Assert.That(
            () => new AffineAugmentation().Apply(bytes, new Random(1)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("images").And.Message.Contains("Byte"));
    }

    [TestCase(-0.1)]
    [TestCase(181)]
    [TestCase(double.NaN)]
    public void Limits_out_of_range_are_refused(double limit)
    {
        Assert.That(() => new AffineAugmentation { Shift = limit }, Refuses("Shift"));
        Assert.That(() => new AffineAugmentation { Rotation = limit }, Refuses("Rotation"));
        Assert.That(() => new AffineAugmentation { Scale = limit }, Refuses("Scale"));
        Assert.That(() => new AffineAugmentation { Shear = limit }, Refuses("Shear"));

        static NUnit.Framework.Constraints.IResolveConstraint Refuses(string name) =>
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo(name);
    }

    private static float[] Move(float[,] picture, AffineMap map)
    {
        using Tensor image = tensor(picture).view(1, 1, picture.GetLength(0), picture.GetLength(1));
        using Tensor moved = AffineAugmentation.Move(image, [map]);
        return moved.data<float>().ToArray();
    }

    /// <summary>One pixel of the moved picture, each step undone in turn.</summary>
    private static double Reference(float[,] picture, AffineMap map, int x, int y)
    {
        int height = picture.GetLength(0);
        int width = picture.GetLength(1);
        double u = x - ((width - 1) / 2.0) - (map.ShiftX * width);
        double v = y - ((height - 1) / 2.0) - (map.ShiftY * height);

        // Clockwise by the angle undoes counter-clockwise; y points down.
        double angle = map.Rotation * Math.PI / 180;
        (u, v) = ((u * Math.Cos(angle)) - (v * Math.Sin(angle)), (u * Math.Sin(angle)) + (v * Math.Cos(angle)));
        (u, v) = (u / map.Scale, v / map.Scale);
        u -= map.Shear * v;
        u += (width - 1) / 2.0;
        v += (height - 1) / 2.0;
        (double left, double top) = (Math.Floor(u), Math.Floor(v));
        return ((1 - (u - left)) * (1 - (v - top)) * Pixel(left, top)) + ((u - left) * (1 - (v - top)) * Pixel(left + 1, top))
            + ((1 - (u - left)) * (v - top) * Pixel(left, top + 1)) + ((u - left) * (v - top) * Pixel(left + 1, top + 1));

        double Pixel(double column, double row) =>
            column >= 0 && column < width && row >= 0 && row < height ? picture[(int)row, (int)column] : 0;
    }
}
